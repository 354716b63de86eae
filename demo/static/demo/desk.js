// The send form: sends without leaving the page, and shows the Python it stands for.
// Without this script the form posts as any other.

const form = document.querySelector("#send");
const told = document.querySelector("#told");
const code = document.querySelector("#code");
const button = form.querySelector("button.primary");

/** A Python string literal: JSON's escapes are all valid in Python. */
const literal = (text) => JSON.stringify(text);

/** The call to notify() that sending this form makes. */
function call() {
  const values = new FormData(form);
  const text = values.get("message") || form.elements.message.placeholder;
  const lines = [`    ${literal(text)},`, `    ${literal(values.get("key"))},`];
  if (values.get("to") !== "subscribers") lines.push(`    recipients=[${values.get("to")}],`);
  if (values.get("url")) lines.push(`    url=${literal(values.get("url"))},`);
  lines.push(`    level=${literal(values.get("level"))},`);
  lines.push(`    actor=${code.dataset.actor},`);
  return `notify(\n${lines.join("\n")}\n)`;
}

function showCall() {
  code.textContent = call();
}

function tell(text, level) {
  told.dataset.level = level;
  told.textContent = text;
}

async function send(event) {
  event.preventDefault();
  button.disabled = true;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    const answer = await response.json().catch(() => ({ told: form.dataset.refused }));
    tell(answer.told, response.ok ? "success" : "error");
    if (response.ok) form.elements.message.select();
  } catch {
    tell(form.dataset.unreachable, "error");
  } finally {
    button.disabled = false;
  }
}

form.addEventListener("input", showCall);
form.addEventListener("submit", send);
showCall();

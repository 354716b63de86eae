// The looks apply as they are chosen, and the network changes under the open frames.

const looks = document.querySelector(".gallery-form");
looks.addEventListener("change", () => looks.requestSubmit());

const network = document.querySelector("#network");
network.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new FormData(network, event.submitter);
  const headers = { Accept: "application/json" };
  const { ok } = await fetch(network.action, { method: "POST", headers, body });
  if (!ok) return;
  for (const button of network.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
});

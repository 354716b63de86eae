/*! realtime_notify, MIT. Offers the browser's time zone on the preferences page. */

const browsers = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const button of document.querySelectorAll("[data-rn-time-zone]")) {
  const select = document.getElementById(button.dataset.rnTimeZone);
  const option = [...select.options].find(({ value }) => value === browsers);
  const show = () => {
    button.hidden = !option || (select.value || button.dataset.rnSite) === browsers;
  };
  if (option) {
    button.append(`: ${option.label}`);
  }
  button.addEventListener("click", () => {
    select.value = browsers;
    show();
    select.focus();
  });
  select.addEventListener("change", show);
  show();
}

/* Says on the page that the device refused or the person gave up; the sentence itself is in the template. */
document.addEventListener("allauth.error", (e) => {
  e.preventDefault();
  for (const el of document.querySelectorAll("[data-passkey-failed]")) el.hidden = false;
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

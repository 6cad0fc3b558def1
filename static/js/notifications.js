/* Who follows a notice has read it: the click tells the server while the browser goes on to the ticket. */

document.addEventListener("click", (e) => {
  const item = e.target.closest?.("[data-notice]")?.closest("li");
  const form = item?.querySelector("form");
  if (!form) return;
  fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" });
  item.classList.remove("unread");
  form.remove();
});

/* Old data is said, not hidden: [data-stale] shows when no [data-poll] was answered for 60 s. */

const d = document;
let answered = Date.now();
d.addEventListener("htmx:afterRequest", (e) => {
  if (e.detail.successful && e.detail.elt.hasAttribute("data-poll")) answered = Date.now();
});
setInterval(() => {
  const warning = d.querySelector("[data-stale]");
  if (warning && !d.hidden) warning.hidden = Date.now() - answered < 60_000;
}, 5000);
d.addEventListener("visibilitychange", () => { if (!d.hidden) answered = Math.max(answered, Date.now() - 30_000); });

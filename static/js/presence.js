/* Who else looks at this ticket: <span class="viewers" data-presence-url="…">. A POST with state "viewing" or "replying"
   after 2 s and then every 20 s while the page is visible; the answer's HTML becomes the element's content. */

const el = document.querySelector("[data-presence-url]");
let typedAt = 0;

async function tell() {
  if (document.hidden || !navigator.onLine) return;
  const data = new FormData();
  data.set("state", Date.now() - typedAt < 60_000 ? "replying" : "viewing");
  try {
    const response = await globalThis.hd.send(el.dataset.presenceUrl, { data });
    if (response.status !== 200) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    el.replaceChildren(...page.body.childNodes);
  } catch { /* the next turn tries again */ }
}

if (el) {
  document.addEventListener("input", (e) => {
    if (!e.target.closest?.("[data-composer]") || !e.target.value) return;
    const first = Date.now() - typedAt > 60_000;
    typedAt = Date.now();
    if (first) tell();
  });
  document.addEventListener("visibilitychange", tell);
  setTimeout(() => { tell(); setInterval(tell, 20_000); }, 2000);
}

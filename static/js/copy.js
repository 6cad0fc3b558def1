/* Copy the text of another element: <button data-copy="its-id">; [data-copied] beside it says that it worked. */
document.addEventListener("click", async (e) => {
  const button = e.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    const done = button.parentElement.querySelector("[data-copied]") ?? document.querySelector("[data-copied]");
    if (done) done.hidden = false;
  } catch {
    getSelection().selectAllChildren(source);
  }
});

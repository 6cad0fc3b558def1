/* [data-fullscreen] fills the screen with the page, or leaves it. */

document.addEventListener("click", (e) => {
  if (!e.target.closest?.("[data-fullscreen]")) return;
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => {});
});

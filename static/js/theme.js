// Light, dark, or as the system prefers. It runs before the page is drawn, so that a dark page never flashes light.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const keep = (theme) => {
    try { localStorage.setItem("theme", theme); } catch { /* a browser that keeps nothing still switches */ }
  };
  const show = () => { root.dataset.bsTheme = read() ?? (system.matches ? "dark" : "light"); };

  show();
  system.addEventListener("change", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = theme;
    keep(theme);
  });
})();

// Small conveniences of every page; each has a way without JavaScript.
(() => {
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");

  const keys = document.getElementById("keys");
  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => keys.showModal());
  }

  // In a low window the end of the menu lies below its edge: it begins where the reader is.
  const side = document.getElementById("side"), here = side?.querySelector("[aria-current]");
  if (here && here.offsetTop + here.offsetHeight > side.clientHeight) side.scrollTop = here.offsetTop - side.clientHeight / 2;

  // `/` goes to the search, `?` shows the keys, Escape closes an open menu and gives the focus back.
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "?" && !isTyping(event.target) && keys && !keys.open) keys.showModal();
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // A refused form is read from its summary on.
  document.getElementById("wrong")?.focus();

  // A form that was sent once is not sent twice by an impatient second click.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();

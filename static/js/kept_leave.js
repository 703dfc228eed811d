// Whoever signs out with words that were not sent is told so: on a shared computer they would stay behind.
(() => {
  const dialog = document.getElementById("unsent");
  const keys = (user) => {
    try { return Object.keys(localStorage).filter((key) => key.startsWith(`kept:${user}:`)); } catch { return []; }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const user = form.dataset?.signOut;
    if (!user || !dialog || form.dataset.asked || !keys(user).length) return;
    event.preventDefault();
    const count = keys(user).length;
    const desks = new Set(keys(user).map((key) => key.split(":")[2])).size;
    dialog.querySelector("[data-unsent]").textContent = `${count} ${count === 1 ? "change waits" : "changes wait"} in this browser, of ${desks} ${desks === 1 ? "interview" : "interviews"}.`;
    dialog.addEventListener("close", () => {
      if (!["leave", "drop"].includes(dialog.returnValue)) return;
      if (dialog.returnValue === "drop") for (const key of keys(user)) localStorage.removeItem(key);
      form.dataset.asked = "yes";
      form.requestSubmit();
    }, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  }, true);
})();

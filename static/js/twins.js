// A slider beside the field that holds its number: each follows the other. Without this file there is the field alone.
(() => {
  for (const slider of document.querySelectorAll("[data-twin]")) {
    const box = document.getElementById(slider.dataset.twin);
    if (!box) continue;
    slider.hidden = false;
    slider.addEventListener("input", () => { box.value = slider.value; });
    box.addEventListener("input", () => { if (box.value.trim() !== "") slider.value = box.value; });
  }
})();

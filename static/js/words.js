// The coding workbench, keyboard first. Without this file every act is a button, and a passage is copied into its field.
(() => {
  const desk = () => document.querySelector("[data-words-desk]");
  const text = () => document.querySelector("[data-transcript]");
  const coding = () => document.querySelector("form[data-coding]");
  const isTyping = (element) => element.closest("textarea, select, input");
  // The server counts characters, JavaScript counts UTF-16 units: a character outside the plane would shift the ends.
  const characters = (string) => [...string].length;

  // ---- Where in the words: each part says where it begins, its first text node is the part itself.
  const parts = () => [...text().querySelectorAll("[data-at]")]
    .filter((part) => part.firstChild?.nodeType === Node.TEXT_NODE)
    .map((part) => ({ at: Number(part.dataset.at), node: part.firstChild, length: characters(part.firstChild.data) }));

  const offsetOf = (container, offset) => {
    const point = document.createRange();
    point.setStart(container, offset);
    let found = 0;
    for (const part of parts()) {
      if (part.node === container) return part.at + characters(part.node.data.slice(0, offset));
      if (point.comparePoint(part.node, part.node.length) <= 0) found = part.at + part.length;
    }
    return found;
  };

  // A passage that begins between two parts begins with the next one: line ends belong to no part.
  const startOf = (range) => {
    for (const part of parts()) {
      if (part.node === range.startContainer) break;
      if (range.comparePoint(part.node, 0) === 0) return part.at;
    }
    return offsetOf(range.startContainer, range.startOffset);
  };

  const marked = () => {
    const selection = document.getSelection();
    if (!text() || !selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!text().contains(range.commonAncestorContainer)) return null;
    const start = startOf(range);
    const end = offsetOf(range.endContainer, range.endOffset);
    return end > start ? { start, end, said: said(start, end) } : null;
  };

  const said = (start, end) => {
    let whole = "", last = null;
    for (const part of parts()) {
      const from = Math.max(start, part.at), to = Math.min(end, part.at + part.length);
      if (from >= to) continue;
      if (last !== null && from > last) whole += "\n";
      whole += [...part.node.data].slice(from - part.at, to - part.at).join("");
      last = to;
    }
    return whole;
  };

  const keep = () => {
    const found = marked();
    const form = coding();
    if (!found || !form) return;
    form.elements.start.value = found.start;
    form.elements.end.value = found.end;
    document.querySelector("[data-passage]").value = found.said;
  };
  document.addEventListener("selectionchange", keep);

  // Whoever writes into the field means what is written there.
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-passage]")) return;
    coding().elements.start.value = "";
    coding().elements.end.value = "";
  });

  // ---- Arrow keys choose words; with Shift the passage grows and shrinks.
  let anchor = 0, focus = 0;
  const tokens = () => parts().flatMap((part) => [...part.node.data.matchAll(/\S+/gu)].map((match) => ({
    node: part.node, from: match.index, to: match.index + match[0].length,
  })));
  const choose = (all) => {
    const [first, last] = [all[Math.min(anchor, focus)], all[Math.max(anchor, focus)]];
    document.getSelection().setBaseAndExtent(first.node, first.from, last.node, last.to);
    (focus < anchor ? first : last).node.parentElement.scrollIntoView({ block: "nearest" });
    keep();
  };
  const onArrow = (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 };
    const all = tokens();
    if (!(event.key in steps) || !all.length) return false;
    const isFirst = !marked();
    const next = isFirst ? 0 : focus + steps[event.key];
    focus = Math.min(all.length - 1, Math.max(0, next));
    if (!event.shiftKey || isFirst) anchor = focus;
    choose(all);
    return true;
  };

  // ---- Finding a code
  const find = () => document.querySelector("[data-find]");
  const holds = (string, words) => words.every((word) => string.toLowerCase().includes(word));
  const narrow = () => {
    const words = find().value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const group of document.querySelectorAll("[data-group]")) {
      let shown = 0;
      for (const row of group.querySelectorAll("[data-row]")) {
        row.hidden = !holds(row.querySelector("[data-code]").dataset.code, words);
        shown += row.hidden ? 0 : 1;
      }
      const head = group.querySelector(".group");
      group.hidden = !shown && !holds(head.querySelector("[data-code]").dataset.code, words);
    }
    for (const row of others()?.querySelectorAll("[data-row]") ?? []) {
      row.hidden = !holds(row.querySelector("[data-code]").dataset.code, words);
    }
  };
  const shownCodes = () => [...document.querySelectorAll("[data-group]:not([hidden]) [data-code], #codes-found [data-code]")]
    .filter((button) => !button.closest("[data-row][hidden]"));
  const firstFound = () => {
    const words = find().value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = shownCodes().filter((button) => holds(button.dataset.code, words));
    // What is typed in full is meant, also where a longer name that begins with it stands further up.
    return found.find((button) => button.value.toLowerCase() === words.join(" ")) ?? found[0];
  };
  document.addEventListener("input", (event) => { if (event.target.matches("[data-find]")) narrow(); });

  // Of many codes the most used are drawn; the others are asked for while somebody types. Enter waits for them.
  const others = () => document.getElementById("codes-found");
  const isComplete = () => !others() || others().dataset.for === find().value;
  const isSearch = (event) => Boolean(event.detail.requestConfig?.elt?.matches("[data-find]"));
  let isWanted = false;
  const takeFirst = () => {
    isWanted = !isComplete();
    if (isWanted) window.htmx.trigger(find(), "search");
    else firstFound()?.click();
  };

  // ---- One act after the other: a key pressed while one is being saved waits its turn.
  let isSaving = false;
  const waiting = [];
  const say = (words) => {
    const state = document.querySelector("[data-state]");
    if (state) state.textContent = words;
    document.getElementById("said").textContent = words;
  };
  const isOurs = (event) => event.target.closest?.("[data-words-desk]") || event.detail.target?.matches?.("[data-words-desk]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event) || isSearch(event)) return;
    isSaving = true;
    say("saving …");
  });
  for (const [name, words] of [
    ["htmx:sendError", "Not saved: no connection. Nothing on this page is lost; do it again."],
    ["htmx:timeout", "Not saved: no connection. Nothing on this page is lost; do it again."],
    ["htmx:responseError", "Not saved: the program answered with an error. Do it again."],
  ]) {
    document.addEventListener(name, (event) => {
      if (isSearch(event)) {
        isWanted = false;
        say("The other codes could not be looked up. Type on to try again.");
        return;
      }
      isSaving = false;
      waiting.length = 0;
      say(words);
    });
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    if (isSearch(event)) {
      others().dataset.for = event.detail.requestConfig.parameters.q;
      narrow();
      if (isWanted && isComplete()) takeFirst();
      return;
    }
    if (!isSaving) return;
    isSaving = false;
    anchor = focus = 0;
    document.getElementById("said").textContent = document.querySelector("[data-state]")?.textContent ?? "";
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    // Work goes on in the words, also for those who found the code by typing.
    if ([document.body, find()].includes(document.activeElement)) text()?.focus({ preventScroll: true });
    const key = waiting.shift();
    if (key) press(key);
  });

  const press = (key) => {
    if (isSaving) {
      waiting.push(key);
      return true;
    }
    const button = desk().querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!button) return false;
    button.click();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (!desk() || document.querySelector("dialog[open]")) return;
    if (event.target === find()) {
      if (event.key === "Enter") {
        event.preventDefault();
        if (find().value.trim()) takeFirst();
      }
      if (event.key === "Escape") {
        find().value = "";
        isWanted = false;
        narrow();
        text()?.focus();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    let isDone = false;
    if (event.target === text()) isDone = onArrow(event);
    if (!isDone && /^[1-9nu]$/.test(key)) isDone = press(key);
    if (!isDone && key === "c") isDone = Boolean(find() && (find().focus(), true));
    if (!isDone && key === "w") isDone = Boolean(text() && (text().focus(), true));
    if (!isDone && key === "h") {
      const reason = document.querySelector("[data-aside]");
      isDone = Boolean(reason && (reason.focus(), true));
    }
    if (isDone) event.preventDefault();
  });
})();

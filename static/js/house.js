// The House of Quality, keyboard first. Without this file each cell is a link to a small form.
(() => {
  const table = () => document.querySelector("table[data-house]");
  if (!table()) return;
  const KEYS = { 9: "9", 3: "3", 1: "1", 0: "0", Backspace: "0", Delete: "0", o: "o" };
  const isRoles = Boolean(document.querySelector('table[data-house][data-marks="m"]'));
  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const cellsOf = (row) => [...row.querySelectorAll(".rel > a")];
  const rows = () => [...table().tBodies[0].rows];
  const say = (words, isProblem = false) => {
    const place = document.getElementById("house-saved");
    let state = place.querySelector(".state");
    if (!state) {
      state = document.createElement("span");
      place.prepend(state);
    }
    state.className = isProblem ? "state problem" : "state";
    state.textContent = words;
  };

  // ---- One cell has the focus for all: Tab leaves the table, arrows move in it.
  let here = null;
  const rove = (link) => {
    if (here && here !== link) here.tabIndex = -1;
    here = link;
    here.tabIndex = 0;
  };
  const settle = () => {
    for (const link of table().querySelectorAll(".rel > a")) link.tabIndex = -1;
    const first = table().querySelector(".rel > a");
    if (first) rove(first);
  };
  const go = (link) => {
    if (!link) return;
    rove(link);
    link.focus({ preventScroll: true });
    link.closest("td").scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const placeOf = (link) => {
    const row = link.closest("tr");
    return [rows().indexOf(row), cellsOf(row).indexOf(link)];
  };
  const at = (down, across) => {
    const all = rows();
    const row = all[Math.max(0, Math.min(all.length - 1, down))];
    const cells = cellsOf(row);
    return cells[Math.max(0, Math.min(cells.length - 1, across))];
  };
  settle();
  table().addEventListener("focusin", (event) => { if (event.target.matches(".rel > a")) rove(event.target); });

  // ---- Saving: one change after the other, each naming what it was made on.
  let last = Promise.resolve();
  const swap = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const piece of fresh.querySelectorAll("[data-live]")) {
      document.getElementById(piece.id)?.replaceWith(document.importNode(piece, true));
    }
    if (tiles().length) roveTiles(tiles()[0]);
  };
  const send = async (address, fields) => {
    const body = new URLSearchParams(fields);
    const answer = await fetch(address, {
      method: "POST", body, headers: { "X-CSRFToken": token(), "HX-Request": "true" }, redirect: "error",
    });
    const isOurs = (answer.headers.get("Content-Type") ?? "").startsWith("text/html");
    if (!isOurs || ![200, 409, 422].includes(answer.status)) throw new Error(String(answer.status));
    return answer.text();
  };
  const save = (link, to) => {
    const [down, across] = placeOf(link);
    link.closest("td").dataset.saving = "yes";
    last = last.then(async () => {
      const now = at(down, across);
      try {
        const text = await send(now.href, { to, was: now.dataset.is });
        const hadFocus = document.activeElement === now || document.activeElement === document.body;
        swap(text);
        for (const each of cellsOf(rows()[down])) each.tabIndex = -1;
        const changed = at(down, across);
        if (hadFocus) go(changed);
        else if (!here?.isConnected) rove(changed);
      } catch {
        delete at(down, across).closest("td").dataset.saving;
        say("Not saved: no connection, or you were signed out. Set it again.", true);
      }
    });
  };

  const onCell = (event, link) => {
    const [down, across] = placeOf(link);
    const moves = {
      ArrowUp: [down - 1, across], ArrowDown: [down + 1, across], ArrowLeft: [down, across - 1], ArrowRight: [down, across + 1],
      Home: [down, 0], End: [down, Infinity], PageUp: [down - 10, across], PageDown: [down + 10, across],
    };
    if (event.key in moves) return go(at(...moves[event.key])), true;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "r") return (tiles()[0] ?? document.getElementById("house-relate"))?.focus(), true;
    if (key === "m" && isRoles) return save(link, link.dataset.is.includes("!") ? "s" : "m"), true;
    if (key === "o" && isRoles) return false;
    if (key in KEYS) return save(link, KEYS[key]), true;
    return false;
  };

  // ---- The roof: arrows go to the nearest diamond that way; + and - set what two metrics do to each other.
  const tiles = () => [...document.querySelectorAll("#house-roof .roof-link")];
  const spot = (tile) => [Number(tile.dataset.x), Number(tile.dataset.y)];
  const WAYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const nearest = (tile, [dx, dy]) => {
    const [x, y] = spot(tile);
    const rated = tiles().filter((other) => other !== tile).map((other) => {
      const [ox, oy] = spot(other);
      const along = (ox - x) * dx + (oy - y) * dy, aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
      return { other, along, cost: along + 2 * aside };
    }).filter((each) => each.along > 0.5);
    return rated.sort((one, other) => one.cost - other.cost)[0]?.other;
  };
  const roveTiles = (tile) => {
    for (const each of tiles()) each.setAttribute("tabindex", each === tile ? "0" : "-1");
  };
  if (tiles().length) roveTiles(tiles()[0]);
  const PULLS = { "0": "0", Delete: "0", Backspace: "0" };
  const pull = (tile, key) => {
    const now = tile.dataset.is ?? "0";
    if (key === "+") return now === "3" ? "9" : "3";
    if (key === "-") return now === "-3" ? "-9" : "-3";
    return PULLS[key];
  };
  const saveTile = (tile, to) => {
    const { one, other } = tile.dataset;
    last = last.then(async () => {
      const now = document.querySelector(`#house-roof [data-one="${one}"][data-other="${other}"]`);
      try {
        swap(await send(now.getAttribute("href"), { to, was: now.dataset.is ?? "0" }));
        const changed = document.querySelector(`#house-roof [data-one="${one}"][data-other="${other}"]`) ?? tiles()[0];
        roveTiles(changed);
        changed?.focus();
      } catch {
        say("Not saved: no connection, or you were signed out. Set it again.", true);
      }
    });
  };
  const onTile = (event, tile) => {
    if (event.key in WAYS) {
      const next = nearest(tile, WAYS[event.key]);
      if (next) { roveTiles(next); next.focus(); } else if (event.key === "ArrowDown") go(here);
      return true;
    }
    if (!isRoles) return false;
    const to = pull(tile, event.key);
    if (to === undefined) return false;
    saveTile(tile, to);
    return true;
  };

  // ---- Undo: the answer is swapped as that of a change is.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("[data-house-undo]");
    if (!form) return;
    event.preventDefault();
    const place = here ? placeOf(here) : null;
    last = last.then(async () => {
      try {
        swap(await send(form.action, new FormData(form)));
        if (!here?.isConnected && place) go(at(...place));
      } catch {
        say("Not undone: no connection, or you were signed out.", true);
      }
    });
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const link = event.target.closest?.(".rel > a"), tile = event.target.closest?.(".roof-link");
    let isDone = false;
    if (link) isDone = onCell(event, link);
    else if (tile) isDone = onTile(event, tile);
    if (!isDone && event.key === "u" && !event.target.closest("input, select, textarea")) {
      const undo = document.querySelector("[data-house-undo]");
      if (undo) { undo.requestSubmit(); isDone = true; }
    }
    if (isDone) event.preventDefault();
  });
})();

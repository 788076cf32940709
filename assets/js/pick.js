// A search box over many boxes to tick: hides those that do not contain the words, never a ticked one.
import { normalise } from "./counter.js";

const marked = new WeakSet();
const key = (text) => normalise(text).toLowerCase().replaceAll("台", "臺");

export function startPicks(root) {
  for (const frame of root.querySelectorAll('[data-module="lc-pick"]')) {
    const search = frame.querySelector("input[type=search]");
    if (!search || marked.has(search)) continue;
    marked.add(search);
    const above = frame.querySelector("[data-search-box]");
    above.hidden = false;
    frame.querySelector(".govuk-checkboxes").before(above); // below the question
    const status = frame.querySelector("[data-search-status]");
    const all = Array.from(frame.querySelectorAll(".govuk-checkboxes__item")).map((item) => [
      item,
      item.querySelector("input"),
      key(item.textContent),
    ]);
    const show = () => {
      const words = key(search.value).split(/\s+/).filter(Boolean);
      let found = 0;
      let chosen = 0;
      for (const [item, box, text] of all) {
        const matches = words.every((word) => text.includes(word));
        item.hidden = !matches && !box.checked;
        found += matches;
        chosen += box.checked;
      }
      const told = [frame.dataset.chosen.replace("{count}", chosen)];
      if (words.length) told.unshift(frame.dataset.found.replace("{count}", found));
      status.textContent = told.join(" · ");
    };
    search.addEventListener("input", show);
    frame.addEventListener("change", show);
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    show();
  }
}

// Ticking rows: all at once, a range with Shift, and how many are ticked.
const marked = new WeakSet();

// A table that is wider than its place is scrolled by keyboard too, so it can be reached.
const watched = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const wide = target.scrollWidth > target.clientWidth;
    const caption = target.querySelector("caption");
    const told = { tabindex: "0", role: "region", "aria-label": caption?.textContent.trim() };
    for (const [name, value] of Object.entries(told)) {
      if (wide && value) target.setAttribute(name, value);
      else target.removeAttribute(name);
    }
  }
});

export function startTables(root) {
  for (const wrap of root.querySelectorAll(".lc-table-wrap")) watched.observe(wrap);
  for (const table of root.querySelectorAll('[data-module="lc-table"]')) {
    if (marked.has(table)) continue;
    marked.add(table);
    const all = table.querySelector("[data-tick-all]");
    const ticks = Array.from(table.querySelectorAll("[data-tick]"));
    const area = table.closest("form") || document;
    const count = area.querySelector("[data-tick-count]");
    let last = null;

    const show = () => {
      const on = ticks.filter((tick) => tick.checked);
      for (const tick of ticks) tick.closest("tr").toggleAttribute("data-chosen", tick.checked);
      if (all) {
        all.checked = on.length > 0 && on.length === ticks.length;
        all.indeterminate = on.length > 0 && on.length < ticks.length;
      }
      if (count) count.textContent = count.dataset.text.replace("{count}", on.length);
      for (const button of area.querySelectorAll("[data-needs-tick]")) {
        button.setAttribute("aria-disabled", String(on.length === 0));
      }
    };

    table.addEventListener("click", (event) => {
      const tick = event.target;
      if (!ticks.includes(tick)) return;
      if (event.shiftKey && last) {
        const [from, to] = [ticks.indexOf(last), ticks.indexOf(tick)].sort((a, b) => a - b);
        for (const between of ticks.slice(from, to + 1)) between.checked = tick.checked;
      }
      last = tick;
      show();
    });
    if (all) {
      all.addEventListener("change", () => {
        for (const tick of ticks) tick.checked = all.checked;
        show();
      });
    }
    area.addEventListener("click", (event) => {
      const button = event.target.closest && event.target.closest("[data-needs-tick]");
      if (button && button.getAttribute("aria-disabled") === "true") event.preventDefault();
    });
    show();
  }
}

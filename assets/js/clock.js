// The server's clock in the last hour of a window; the browser's clock only counts the seconds.
const marked = new WeakSet();

export function startClocks(root) {
  for (const shown of root.querySelectorAll('[data-module="lc-clock"]')) {
    if (marked.has(shown)) continue;
    marked.add(shown);
    const server = Date.parse(shown.dataset.now);
    const begun = performance.now();
    const words = new Intl.DateTimeFormat("en-GB", {
      timeZone: "Asia/Taipei",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
    const tick = () => {
      shown.textContent = words.format(server + (performance.now() - begun));
    };
    tick();
    window.setInterval(tick, 1000);
  }
}

// Calls `done` when somebody has stopped writing in a form, one call at a time: what changes while
// one is under way is kept by the next.
export function whenSettled(form, wait, done) {
  let timer = 0;
  let busy = false;
  let again = false;
  const run = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    await done();
    busy = false;
    if (again) {
      again = false;
      run();
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    window.clearTimeout(timer);
    timer = window.setTimeout(run, wait);
  });
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    window.clearTimeout(timer);
    timer = window.setTimeout(run, 0);
  });
  form.addEventListener("submit", () => {
    window.clearTimeout(timer);
    again = false;
  });
}

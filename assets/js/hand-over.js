// An answer that the server has signed goes on to the LMS by itself; without script its button does.
export function startHandOver(root) {
  const form = root.querySelector("form[data-post-now]");
  if (!form || form.dataset.posted) return;
  form.dataset.posted = "yes";
  form.requestSubmit();
}

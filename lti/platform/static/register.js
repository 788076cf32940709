"use strict";
// The tool says that it has finished; only its own frame, or the tab opened here, is listened to.
(function () {
  var box = document.querySelector("[data-done]");
  var frame = box.querySelector("iframe.tool");
  var tab = null;
  var link = document.getElementById("registration-tab");
  if (link) {
    link.addEventListener("click", function (event) {
      event.preventDefault();
      tab = window.open(link.href, "_blank");
    });
  }
  window.addEventListener("message", function (event) {
    var from = frame ? frame.contentWindow : tab;
    var subject = event.data && event.data.subject;
    if (from && event.source === from &&
        (subject === "org.imsglobal.lti.close" || subject === "lti.close")) {
      if (tab) {
        tab.close();
      }
      window.location.assign(box.dataset.done);
    }
  });
})();

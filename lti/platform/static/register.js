"use strict";
// The tool says that it has finished; only its own frame is listened to.
(function () {
  var box = document.getElementById("registration");
  var frame = box.querySelector("iframe");
  window.addEventListener("message", function (event) {
    if (event.source === frame.contentWindow && event.data && event.data.subject === "org.imsglobal.lti.close") {
      window.location.assign(box.dataset.done);
    }
  });
})();

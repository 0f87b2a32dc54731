// What the server said to an upload that it refused: Streamlit shows the number of the answer alone.
const REFUSED = {
  403: "No page of yours waits for a file: open the upload again, and choose the file there.",
  408: "The upload was too slow, or stopped: try again.",
  413: "The file is larger than this upload takes.",
  429: "Too many uploads lie here at the moment: remove one of yours, or try again in a minute.",
  400: "The connection was renewed: reload the page, and choose the file again.",
  "Network Error": "The upload was cut off: it was too large or too slow, or the server is gone. Try again.",
};
new MutationObserver((changes) => {
  for (const added of changes.flatMap((change) => [...change.addedNodes])) {
    if (added.nodeType !== Node.ELEMENT_NODE || !added.closest("[data-testid=stFileUploader]")) continue;
    for (const alert of [added, ...added.querySelectorAll("*")]) {
      const told = alert.role === "alert" && alert.textContent.match(/status code (\d{3})|Network Error/);
      const sentence = told && REFUSED[told[1] ?? told[0]];
      if (sentence) alert.textContent = sentence;
    }
  }
}).observe(document, { childList: true, subtree: true });

// Runs in the sandboxed frame of one diagram: takes its source from the page and says how high it became.
mermaid.initialize({
  startOnLoad: false,
  securityLevel: "strict",
  maxTextSize: 5000,
  maxEdges: 200,
  htmlLabels: false,
  flowchart: { htmlLabels: false },
  suppressErrorRendering: true,
});

addEventListener("message", async ({ source: page, data }) => {
  if (page !== parent || typeof data?.source !== "string") return;
  const isDark = data.theme === "dark";
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  try {
    const head = `%%{init: {"theme": "${isDark ? "dark" : "neutral"}"}}%%\n`;
    const { svg } = await mermaid.render("diagram", head + data.source);
    document.body.innerHTML = svg;
    parent.postMessage({ height: document.body.scrollHeight }, "*");
  } catch {
    parent.postMessage({ failed: true }, "*");
  }
});
parent.postMessage({ ready: true }, "*");

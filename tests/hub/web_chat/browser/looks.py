"""Looks at a page as people do: scripts that answer what cannot be read or reached."""

FAINT = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const luminance = (color) => light(color).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const color = rgb(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] > 0.99) return color;
    }
  };
  const faint = [];
  for (const node of document.querySelectorAll("main *")) {
    const text = [...node.childNodes].filter((c) => c.nodeType === 3).map((c) => c.data.trim()).join("");
    if (!text || !node.offsetParent || ["TEXTAREA", "OPTION"].includes(node.tagName)) continue;
    const [a, b] = [luminance(rgb(getComputedStyle(node).color)), luminance(behind(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(`${text}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
  }
  return faint;
}"""
"""Texts below 4.5:1 against what is behind them."""

NOT_FITTING = """() => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the screen");
  for (const node of document.querySelectorAll("main button, main input, main select, main textarea, main label, main h2, main p")) {
    const box = node.getBoundingClientRect();
    if (!box.width || node.closest("[hidden]")) continue;
    const name = node.ariaLabel || node.id || node.textContent.slice(0, 30);
    if (box.left < -1 || box.right > innerWidth + 1) found.push(`${name} leaves the screen`);
    const isTarget = node.matches("button, input:not([type=checkbox]), select, textarea");
    if (isTarget && (box.height < 43.5 || box.width < 43.5)) found.push(`${name} is ${box.width} x ${box.height}`);
  }
  return found;
}"""
"""What leaves the screen, and targets below 44 px."""

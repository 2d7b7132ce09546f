// What a reader would stumble over, as sentences. Runs inside the page; every folded part must be open and in view.
(() => {
  const LEAST_CONTRAST = 4.5; // WCAG 2.2, 1.4.3, for words of ordinary size
  const LEAST_WORDS = 8.9;    // CSS pixels of a word in a figure: three quarters of 12
  const found = [];
  const note = (what, element) => {
    const words = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    found.push(`${what}: <${element.tagName.toLowerCase()} class="${element.getAttribute("class") || ""}"> ${words}`);
  };

  const parts = colour => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const over = (top, below) => top.rgb.map((value, i) => top.alpha * value + (1 - top.alpha) * below[i]);
  const luminance = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [bright, deep] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (bright + 0.05) / (deep + 0.05);
  };

  // The colour behind an element: the backgrounds of its ancestors, one over the other, down to the page.
  const behind = element => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const layer = parts(getComputedStyle(one).backgroundColor);
      layers.push(layer);
      if (layer.alpha === 1) break;
    }
    const page = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
    return layers.reverse().reduce((below, layer) => over(layer, below), page);
  };

  // What is painted under the middle of a word in a figure: a filled shape, or what the figure lies on.
  const painted = text => {
    const box = text.getBoundingClientRect();
    const stack = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const shape = stack.find(one => one.ownerSVGElement === text.ownerSVGElement && !/^(text|tspan)$/.test(one.tagName)
      && getComputedStyle(one).fill !== "none" && one.tagName !== "g");
    return shape ? over(parts(getComputedStyle(shape).fill), behind(text.ownerSVGElement)) : behind(text.ownerSVGElement);
  };

  const judge_words = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || /^(STYLE|SCRIPT|TITLE)$/i.test(element.tagName)) continue;
      const box = element.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) continue;
      const is_drawn = Boolean(element.ownerSVGElement);
      const style = getComputedStyle(element);
      const ground = is_drawn ? painted(element) : behind(element);
      const words = over(parts(is_drawn ? style.fill : style.color), ground);
      const ratio = contrast(words, ground);
      if (ratio < LEAST_CONTRAST) note(`contrast ${ratio.toFixed(2)}`, element);
      if (is_drawn) {
        const svg = element.ownerSVGElement;
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const size = parseFloat(style.fontSize) * scale;
        if (size < LEAST_WORDS) note(`words of ${size.toFixed(1)} px`, element);
      }
    }
  };

  const judge_width = () => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) {
      found.push(`the page is ${document.documentElement.scrollWidth} px wide in a window of ${width}`);
    }
    const scrolls = element => {
      for (let one = element.parentElement; one; one = one.parentElement) {
        if (/auto|scroll|hidden/.test(getComputedStyle(one).overflowX)) return true;
      }
      return false;
    };
    for (const element of document.body.querySelectorAll("*:not(svg *)")) {
      const box = element.getBoundingClientRect();
      if (box.width > 0 && box.right > width + 0.5 && !scrolls(element)) note(`ends at ${box.right.toFixed(0)} px`, element);
    }
  };

  judge_words();
  judge_width();
  return found.slice(0, 20);
})()

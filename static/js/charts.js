// Draws every [data-chart] from the JSON block it names. Without this script the table beside it says the same.
(() => {
  "use strict";
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const COLORS = ["#0b5a7d", "#c2792b", "#56507a", "#1f6b45", "#8c3b56", "#5f6b7a"];

  function option({ kind, labels, series, unit, stacked }) {
    const shared = {
      color: COLORS,
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: token("--ink-2") },
      aria: { enabled: true, decal: { show: series.length > 1 || kind === "pie" } },
      // HTML tooltips carry inline styles, which the content security policy forbids.
      tooltip: { trigger: kind === "pie" ? "item" : "axis", renderMode: "richText", valueFormatter: (value) => `${value ?? "–"} ${unit}` },
      legend: series.length > 1 || kind === "pie" ? { bottom: 0, type: "scroll", textStyle: { color: token("--ink-2") } } : undefined,
    };
    if (kind === "pie") {
      const data = labels.map((name, place) => ({ name, value: series[0].values[place] }));
      return { ...shared, series: [{ type: "pie", name: series[0].name, radius: ["38%", "66%"], center: ["50%", "44%"], data, label: { formatter: "{d}%" } }] };
    }
    return {
      ...shared,
      grid: { left: 8, right: 12, top: 28, bottom: series.length > 1 ? 34 : 4, containLabel: true },
      xAxis: { type: "category", data: labels, axisTick: { show: false }, axisLine: { lineStyle: { color: "#b6c0cb" } }, axisLabel: { color: token("--ink-2") } },
      yAxis: { type: "value", name: unit, nameTextStyle: { color: token("--ink-3") }, splitLine: { lineStyle: { color: token("--line-2") } }, axisLabel: { color: token("--ink-2") } },
      series: series.map(({ name, values }) => ({ type: kind, name, data: values, stack: stacked ? "all" : undefined, barMaxWidth: 28, showAllSymbol: true, symbolSize: 7 })),
    };
  }

  function draw(place) {
    const data = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const title = place.getAttribute("aria-label");
    const chart = echarts.init(place, null, { renderer: "svg" });
    chart.setOption(option(data));
    place.setAttribute("aria-label", title); // the table says the numbers better than a generated sentence
    new ResizeObserver(() => requestAnimationFrame(() => chart.resize())).observe(place);
  }
  document.querySelectorAll("[data-chart]").forEach(draw);
})();

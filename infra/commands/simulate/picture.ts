// The plot of a simulation: what a month costs against how long jobs wait, a panel for each pattern.
import * as echarts from 'echarts';
import type { Row } from '../../../shared/forecast/comparison.ts';
import type { PatternName } from '../../../shared/forecast/demand.ts';
import { patterns } from '../../../shared/forecast/demand.ts';

const panel = { width: 470, height: 330 };
const columns = 2;

/** The picture has a background of its own, so that it can be read on any page. */
const colours = { ground: '#ffffff', ink: '#24292f', faint: '#d8dee4' };

const looks = {
  'host per job': { color: '#cf222e', symbol: 'diamond', symbolSize: 17 },
  'always on': { color: '#9a6700', symbol: 'rect', symbolSize: 12 },
  Callsheet: { color: '#0969da', symbol: 'circle', symbolSize: 8 },
} as const satisfies Record<Row['policy'], object>;

const policies = ['host per job', 'always on', 'Callsheet'] as const;

/** An SVG, the same for the same rows. */
export function picture(rows: readonly Row[]): string {
  const names = [...new Set(rows.map(({ pattern }) => pattern))];
  const across = Math.min(columns, names.length);
  const width = across * panel.width;
  const height = Math.ceil(names.length / columns) * panel.height + 60;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption(optionOf(names, rows));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${still(svg)}\n`;
}

const title = 'The cost of Macs in US dollars against the time that 95 % of the jobs wait at most';

/** With a title; without what the library numbers through all its pictures, and what moves under a mouse. */
const still = (svg: string): string =>
  svg
    .replace(/^<svg [^>]*>/, (open) => `${open}\n<title>${title}</title>`)
    .replaceAll(/ class="zr\d+-cls-\d+"/g, '')
    .replaceAll(/<style.*?<\/style>\s*/gs, '')
    .replaceAll(/\bzr\d+-/g, 'zr-');

function optionOf(names: readonly PatternName[], rows: readonly Row[]) {
  const places = names.map((_, index) => ({
    left: (index % columns) * panel.width,
    top: Math.floor(index / columns) * panel.height + 40,
  }));
  return {
    animation: false,
    backgroundColor: colours.ground,
    textStyle: { fontFamily: 'sans-serif', color: colours.ink },
    legend: { top: 10, itemGap: 40, itemWidth: 18, data: [...policies], textStyle: { color: colours.ink } },
    title: names.map((name, index) => ({
      text: name,
      subtext: patterns[name].about,
      left: (places[index]?.left ?? 0) + 60,
      top: places[index]?.top,
      itemGap: 4,
      textStyle: { fontSize: 14, color: colours.ink },
      subtextStyle: { fontSize: 11, color: colours.ink },
    })),
    grid: places.map(({ left, top }) => ({
      left: left + 60,
      top: top + 62,
      width: panel.width - 90,
      height: panel.height - 130,
    })),
    xAxis: names.map((_, index) => ({
      gridIndex: index,
      ...axis('95 % of the jobs wait at most, hours', 24),
      max: leastHours,
    })),
    yAxis: names.map((_, index) => ({ gridIndex: index, ...axis(index % columns === 0 ? 'USD' : '', 40) })),
    series: names.flatMap((name, index) => policies.map((policy) => seriesOf(rows, name, policy, index))),
  };
}

/** An axis of minutes would look like one of hours. */
const leastHours = ({ max }: { max: number }): number | null => (max < 1 ? 1 : null);

const axis = (name: string, nameGap: number) => ({
  type: 'value',
  min: 0,
  name,
  nameLocation: 'middle',
  nameGap,
  nameTextStyle: { color: colours.ink },
  axisLabel: { color: colours.ink },
  axisLine: { show: true, lineStyle: { color: colours.ink } },
  splitLine: { lineStyle: { color: colours.faint } },
});

/** Callsheet's points are a line, from no patience to much; those of the others stand alone. */
function seriesOf(rows: readonly Row[], pattern: PatternName, policy: Row['policy'], panelIndex: number) {
  const points = rows.filter((row) => row.pattern === pattern && row.policy === policy);
  const curve = points.filter(({ setting }) => setting !== 'as configured');
  return {
    name: policy,
    type: policy === 'Callsheet' ? 'line' : 'scatter',
    xAxisIndex: panelIndex,
    yAxisIndex: panelIndex,
    data: curve.map(({ wait95, usd }) => [Number((wait95 / 60).toFixed(3)), Number(usd.toFixed(2))]),
    ...looks[policy],
    itemStyle: { color: looks[policy].color, opacity: 1 },
  };
}

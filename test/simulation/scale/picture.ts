// The plots of the worlds of scale: how calls and cost grow, and how a burst drains.
import * as echarts from 'echarts';
import type { Figures } from './figures.ts';

const size = { width: 940, height: 360 };
const colours = { ground: '#ffffff', ink: '#24292f', faint: '#d8dee4' };
const palette = ['#0969da', '#9a6700', '#cf222e', '#1a7f37', '#8250df', '#57606a'];

interface Series {
  name: string;
  points: readonly (readonly [number, number])[];
}

interface Panel {
  title: string;
  across: string;
  up: string;
  scale: 'value' | 'log';
  series: readonly Series[];
}

const services = ['DynamoDB', 'GitHub', 'EC2', 'SQS'] as const;

/** Calls and cost of a job as days grow. */
export const growth = (days: readonly Figures[]): string => {
  const title = 'Calls and cost of a job in days of more and more jobs';
  const across = 'jobs a day';
  return drawn(title, [
    {
      ...{ title: 'calls for each job', across, up: 'calls', scale: 'log' },
      series: services.map((name) => ({
        name,
        points: days.map(({ jobs, calls }): [number, number] => [jobs, calls[name] ?? 0]),
      })),
    },
    {
      ...{ title: 'control plane', across, up: 'USD for 1,000 jobs', scale: 'log' },
      series: ['DynamoDB', 'Lambda', 'HTTP API', 'SQS'].map((name) => ({
        name,
        points: days.map(({ jobs, usd }): [number, number] => [jobs, usd[name] ?? 0]),
      })),
    },
  ]);
};

/** How a burst drains, minute by minute. */
export const burst = ({ jobs, minutes }: Figures): string => {
  const across = 'minutes';
  const over = (of: (minute: Figures['minutes'][number]) => number): [number, number][] =>
    minutes.map((minute, index) => [index + 1, of(minute)]);
  return drawn(`A burst of ${jobs.toLocaleString('en-US')} jobs within a minute`, [
    {
      ...{ title: 'jobs that have started', across, up: '%', scale: 'value' },
      series: [{ name: 'jobs', points: over(({ started }) => (started * 100) / jobs) }],
    },
    {
      ...{ title: 'machines that live', across, up: '', scale: 'value' },
      series: [{ name: 'machines', points: over(({ live }) => live) }],
    },
  ]);
};

function drawn(title: string, panels: readonly Panel[]): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption(optionOf(panels));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${still(svg, title)}\n`;
}

/** With a title; without what the library numbers through all its pictures, and what moves under a mouse. */
const still = (svg: string, title: string): string =>
  svg
    .replace(/^<svg [^>]*>/, (open) => `${open}\n<title>${title}</title>`)
    .replaceAll(/ class="zr\d+-cls-\d+"/g, '')
    .replaceAll(/<style.*?<\/style>\s*/gs, '')
    .replaceAll(/\bzr\d+-/g, 'zr-');

function optionOf(panels: readonly Panel[]) {
  const width = size.width / panels.length;
  const names = panels.map(({ series }) => series.map(({ name }) => name));
  return {
    animation: false,
    backgroundColor: colours.ground,
    textStyle: { fontFamily: 'sans-serif', color: colours.ink },
    color: palette,
    title: panels.map(({ title }, index) => ({
      text: title,
      left: index * width + 70,
      top: 8,
      textStyle: { fontSize: 14, color: colours.ink },
    })),
    legend: names.map((data, index) => ({ data, left: index * width + 60, top: 34 })),
    grid: panels.map((_, index) => ({ left: index * width + 70, top: 70, width: width - 110, height: 225 })),
    xAxis: panels.map(({ scale, across }, index) => ({ gridIndex: index, ...axis(scale, across, 28) })),
    yAxis: panels.map(({ up }, index) => ({ gridIndex: index, min: 0, ...axis('value', up, 45) })),
    series: panels.flatMap(({ series }, index) =>
      series.map(({ name, points }) => ({
        ...{ name, type: 'line', xAxisIndex: index, yAxisIndex: index },
        showSymbol: points.length < 10,
        data: points.map(([x, y]) => [x, Number(y.toFixed(3))]),
      })),
    ),
  };
}

const axis = (type: 'value' | 'log', name: string, nameGap: number) => ({
  ...{ type, name, nameLocation: 'middle', nameGap },
  nameTextStyle: { color: colours.ink },
  axisLabel: { color: colours.ink },
  axisLine: { show: true, lineStyle: { color: colours.ink } },
  splitLine: { lineStyle: { color: colours.faint } },
});

/** How the agent's page looks: one column that reads on a phone too, light and dark. */
export const statusStyle = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --ink: #16202c; --soft: #5c6b7a; --line: #e2e7ec;
  --give: #1f8a5b; --give-soft: #d9f0e4; --rest: #8a6d1f; --rest-soft: #f5ecd2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10151b; --card: #182029; --ink: #e8eef4; --soft: #93a3b3; --line: #263240;
    --give: #4cc38a; --give-soft: #173626; --rest: #e0b44c; --rest-soft: #382f17;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2rem 1rem 3rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
main { max-width: 46rem; margin: 0 auto; }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
h1 { font-size: 1.1rem; margin: 0; font-weight: 650; }
h2 { font-size: .8rem; margin: 0 0 .75rem; color: var(--soft); font-weight: 600; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 1.25rem 1.4rem; margin-top: 1rem;
}
.soft { color: var(--soft); }
.hero { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
.hero .say { flex: 1 1 16rem; }
.hero strong { display: block; font-size: 1.7rem; line-height: 1.2; letter-spacing: -.01em; }
.badge {
  display: inline-block; padding: .15rem .7rem; border-radius: 99px; font-size: .85rem;
  font-weight: 600; margin-bottom: .5rem; color: var(--rest); background: var(--rest-soft);
}
.badge.given { color: var(--give); background: var(--give-soft); }
button {
  font: inherit; font-weight: 600; padding: .55rem 1.2rem; border-radius: 10px; cursor: pointer;
  border: 1px solid var(--line); background: var(--ground); color: var(--ink);
}
button:hover, button:focus-visible { border-color: var(--soft); }
dl {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(7.2rem, 1fr)); gap: 1rem; margin: 0;
}
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
dd small { display: block; font-weight: 400; font-size: .85rem; color: var(--soft); }
code { font: .95rem/1.5 ui-monospace, "SF Mono", Menlo, monospace; overflow-wrap: anywhere; }
.week {
  display: grid; grid-template-columns: 2.6rem repeat(24, minmax(0, 1fr)); gap: 2px;
  font-size: .75rem;
}
.week span { color: var(--soft); }
.week i { height: 1.1rem; border-radius: 3px; background: var(--line); }
.week i[data-on] { background: var(--give); }
ul { list-style: none; margin: 0; padding: 0; }
li { display: flex; gap: 1rem; padding: .4rem 0; border-top: 1px solid var(--line); }
li:first-child { border-top: 0; }
li time { color: var(--soft); flex: 0 0 5.5rem; font-variant-numeric: tabular-nums; }
`;

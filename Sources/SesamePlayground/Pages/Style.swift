/// The style sheet of every page, in light and dark.
let style = """
    :root { --ground: #f4f1ea; --card: #fffdf9; --ink: #23201b; --soft: #6b645a; --line: #ded7ca;
      --accent: #8a5a12; --on-accent: #fffdf9; --warn: #9c2f1f; }
    @media (prefers-color-scheme: dark) {
      :root { --ground: #191714; --card: #23201c; --ink: #efe9df; --soft: #a79f92; --line: #3a352e;
        --accent: #e0ad5c; --on-accent: #211a0e; --warn: #f0907f; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center;
      justify-content: center; gap: 1.25rem; padding: 1.5rem; background: var(--ground);
      color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
    main { width: 100%; max-width: 26rem; padding: 2rem; background: var(--card);
      border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 8px 30px rgb(0 0 0 / 8%); }
    .mark { display: flex; align-items: center; gap: .5rem; margin: 0 0 1.25rem; color: var(--soft);
      font-size: .85rem; letter-spacing: .02em; }
    .mark span { width: .8rem; height: 1.1rem; border-radius: .4rem .4rem 0 0;
      background: var(--accent); }
    h1 { margin: 0 0 .9rem; font-size: 1.35rem; line-height: 1.3; text-wrap: balance; }
    p { margin: 0 0 1rem; }
    ul { margin: 0 0 1.25rem; padding-left: 1.2rem; }
    li { margin-bottom: .35rem; }
    label { display: block; margin-bottom: .9rem; font-size: .85rem; color: var(--soft); }
    input { display: block; width: 100%; margin-top: .25rem; padding: .6rem .7rem; font: inherit;
      color: var(--ink); background: var(--ground); border: 1px solid var(--line);
      border-radius: 8px; }
    .note { font-size: .85rem; color: var(--soft); }
    .warn { color: var(--warn); font-weight: 600; }
    .buttons { display: flex; gap: .75rem; margin-top: 1.5rem; }
    button { flex: 1; padding: .7rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
      border-radius: 8px; border: 1px solid var(--line); background: transparent;
      color: var(--ink); }
    button.main { background: var(--accent); border-color: var(--accent);
      color: var(--on-accent); }
    button:focus-visible, input:focus-visible { outline: 3px solid var(--accent);
      outline-offset: 2px; }
    code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .92em; }
    footer { color: var(--soft); font-size: .8rem; }
    """

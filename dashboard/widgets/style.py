"""The few pieces of HTML of the dashboard: every text in them is escaped, so that nothing from a log is markup."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.figures.health import Fact
from dashboard.theme import BAD, BLUE, GOOD, NEUTRAL, WARNING
from mytts_core.errors import MyTTSError
from mytts_core.runs.reader import Run

STATE_SIGNS = {"running": ("▶", BLUE), "finished": ("✓", GOOD), "failed": ("✕", BAD), "stalled": ("◌", WARNING),
               "interrupted": ("‖", WARNING), "foreign": ("◇", NEUTRAL), "unreadable": ("✕", BAD),
               "being made": ("◌", WARNING), "open": ("▶", BLUE), "ended early": ("‖", WARNING)}
LEVEL_SIGNS = {"bad": ("✕", BAD), "warning": ("!", WARNING), "info": ("i", BLUE), "good": ("✓", GOOD)}

_STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 3.2rem 2.2rem 3rem; max-width: 1700px; }
/* A page that is drawn anew every few seconds must not fade each time. */
[data-testid="stElementContainer"][data-stale="true"] { opacity: 1 !important; }
@media (max-width: 640px) {
  .mytts-stats th:nth-child(4), .mytts-stats td:nth-child(4) { display: none; }
  [data-testid="stMainBlockContainer"] { padding: 3.2rem 1rem 2rem; }
  .st-key-mytts_cards [data-testid="stColumn"] { min-width: calc(50% - 1rem); flex: 1 1 calc(50% - 1rem); }
}
[data-testid="stMetricValue"] { font-size: 1.65rem; }
[data-testid="stHeading"] h1 { padding-bottom: .35rem; }
.mytts-head { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .7rem; margin-bottom: .1rem; }
.mytts-name { font-size: 1.25rem; font-weight: 640; overflow-wrap: anywhere; }
.mytts-chip { font-size: .82rem; font-weight: 600; padding: .1rem .6rem; border-radius: 1rem; white-space: nowrap;
  color: inherit; background: color-mix(in srgb, var(--tone) 20%, transparent); border: 1px solid var(--tone); }
.mytts-note { opacity: .72; font-size: .9rem; overflow-wrap: anywhere; }
.mytts-fact { display: flex; gap: .65rem; padding: .5rem .75rem; margin: .3rem 0; border-radius: .5rem;
  border-left: 3px solid var(--tone); background: color-mix(in srgb, var(--tone) 9%, transparent); line-height: 1.45; }
.mytts-fact b { color: var(--tone); min-width: .8rem; text-align: center; }
.mytts-fact span { overflow-wrap: anywhere; min-width: 0; }
.mytts-finding strong { font-weight: 620; }
.mytts-finding small { opacity: .7; margin-inline-start: .4rem; }
.mytts-finding p { margin: .15rem 0 0; overflow-wrap: anywhere; font-size: .92rem; }
.mytts-finding em { font-style: normal; font-weight: 600; }
.mytts-tag { display: inline-block; font-size: .8rem; padding: .05rem .55rem; margin: 0 .35rem .25rem 0;
  border-radius: 1rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); overflow-wrap: anywhere; }
.mytts-words { white-space: pre-wrap; overflow-wrap: anywhere; opacity: .85; font-size: .92rem; }
.mytts-said { font-size: 1.15rem; line-height: 1.5; overflow-wrap: anywhere; text-align: start; }
.mytts-said mark, .mytts-key mark { color: inherit; border-radius: .2rem; padding: 0 .15rem; background: color-mix(in
  srgb, #dd7117 22%, transparent); text-decoration-thickness: 2px; text-underline-offset: .2em; }
mark.mytts-gone { text-decoration: line-through; background: color-mix(in srgb, #c03a5b 24%, transparent); }
mark.mytts-again { text-decoration: underline double; }
mark.mytts-held { text-decoration: underline wavy; background: color-mix(in srgb, #8c47fb 22%, transparent); }
.mytts-key { display: flex; gap: .4rem; margin-top: .35rem; }
.mytts-steps { border-collapse: collapse; width: 100%; font-size: .95rem; }
.mytts-steps th { text-align: start; font-weight: 500; opacity: .65; white-space: nowrap; width: 8rem; }
.mytts-steps th, .mytts-steps td { vertical-align: top; padding: .2rem .5rem; border: 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.mytts-steps td { text-align: start; overflow-wrap: anywhere; unicode-bidi: isolate; }
.mytts-tokens { display: flex; flex-wrap: wrap; gap: .15rem; margin: .5rem 0; max-height: 14rem; overflow-y: auto; }
.mytts-token { font-size: .85rem; line-height: 1.5; min-width: 1.3rem; text-align: center; padding: 0 .2rem;
  border-radius: .25rem; background: color-mix(in srgb, currentColor 8%, transparent); }
.mytts-unknown { background: color-mix(in srgb, var(--tone) 35%, transparent); font-weight: 640; }
/* What is typed from the right is read from the right. */
[data-testid="stTextArea"] textarea { unicode-bidi: plaintext; text-align: start; }
.mytts-notice { border-left: 3px solid var(--tone); padding: .5rem .75rem; border-radius: .5rem;
  overflow-wrap: anywhere; background: color-mix(in srgb, var(--tone) 10%, transparent); }
.mytts-stats { overflow-x: auto; font-size: .78rem; line-height: 1.35; margin-top: -.9rem; }
.mytts-stats table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.mytts-stats th { text-align: right; font-weight: 500; opacity: .65; white-space: nowrap; padding: 0 .3rem .1rem; }
.mytts-stats td { text-align: right; white-space: nowrap; padding: .1rem .3rem; border: 0;
  border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.mytts-stats th:first-child, .mytts-stats td:first-child { text-align: start; padding-left: 0; white-space: normal;
  overflow-wrap: anywhere; min-width: 6rem; }
.mytts-stats i { display: inline-block; width: 1.3rem; margin-inline-end: .4rem; vertical-align: middle; }
.mytts-stats small { opacity: .6; }
.mytts-empty { border: 1px dashed color-mix(in srgb, currentColor 28%, transparent); border-radius: .6rem;
  padding: 1.6rem 1.4rem; margin: .4rem 0; text-align: center; }
.mytts-empty strong { display: block; font-weight: 620; margin-bottom: .25rem; }
.mytts-empty span { opacity: .75; }
</style>"""


def show_style() -> None:
    """Put the style sheet on the page; once a run of the script."""
    st.html(_STYLE)


def show_header(name: str, state: str, notes: Iterable[str] = ()) -> None:
    """Show the name of a run or a test, its state as a chip, and short notes beside."""
    sign, tone = STATE_SIGNS.get(state, ("?", NEUTRAL))
    chip = f'<span class="mytts-chip" style="--tone:{tone}">{sign} {html.escape(state)}</span>'
    said = "".join(f'<span class="mytts-note">{html.escape(note)}</span>' for note in notes if note)
    st.html(f'<div class="mytts-head"><span class="mytts-name">{html.escape(name)}</span>{chip}{said}</div>')


def show_facts(facts: Sequence[Fact]) -> None:
    """Show what is wrong, or right, a line each."""
    lines = []
    for fact in facts:
        sign, tone = LEVEL_SIGNS[fact.level]
        lines.append(f'<div class="mytts-fact" style="--tone:{tone}"><b>{sign}</b><span dir="auto">'
                     f"{html.escape(fact.text)}</span></div>")
    st.html("".join(lines))


def show_said(text: str) -> None:
    """Show the text of an utterance in its own direction of writing."""
    st.html(f'<div class="mytts-said" dir="auto">{html.escape(text)}</div>')


def card_columns(count: int) -> list[DeltaGenerator]:
    """Return columns for cards with a number; on a narrow page two stand side by side."""
    return st.container(key="mytts_cards").columns(count)


def show_note(text: str) -> None:
    """Show a small remark that may quote a log."""
    st.html(f'<div class="mytts-note" dir="auto">{html.escape(text)}</div>')


def every(run: Run, interval: str) -> str:
    """Return how often a training writes something, for a hint: 'every 500 steps (training.sample_interval)'."""
    name = f"training.{interval}"
    return f"every {getattr(run.config.training, interval):,} steps ({name})" if run.config else f"every {name} steps"


def show_annotation(tags: Iterable[str], note: str) -> None:
    """Show a run's tags and note."""
    chips = "".join(f'<span class="mytts-tag" dir="auto">{html.escape(tag)}</span>' for tag in tags)
    st.html(f'<div>{chips}</div><div class="mytts-words" dir="auto">{html.escape(note)}</div>')


def show_notice(lines: Iterable[str]) -> None:
    """Show what went otherwise than asked, a line each."""
    said = "".join(f'<div dir="auto">{html.escape(line)}</div>' for line in lines)
    st.html(f'<div class="mytts-notice" style="--tone:{WARNING}">{said}</div>')


@contextmanager
def problem_of(name: str) -> Iterator[None]:
    """Say why a run cannot be read, and let the rest of the page go on."""
    try:
        yield
    except MyTTSError as error:
        show_notice([f"{name} cannot be read: {error}"])


def show_empty(title: str, hint: str) -> None:
    """Say that there is nothing to show, and what would make it appear."""
    st.html(f'<div class="mytts-empty"><strong>{html.escape(title)}</strong><span>{html.escape(hint)}</span></div>')

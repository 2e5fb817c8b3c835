"""The command `lessonkit`."""

import argparse
from importlib.metadata import version

from lessonkit.commands import options
from lessonkit.commands.classroom import run
from lessonkit.machine import home, terminal, working_folder


def main(arguments=None):
    """Run the command with `arguments`, by default the shell's."""
    parser = argparse.ArgumentParser(
        prog="lessonkit",
        description="Optimization for deep networks, a course one can run.",
        formatter_class=argparse.RawDescriptionHelpFormatter,  # others break a long version number to fit a narrow terminal
    )
    parser.add_argument("--version", action="version", version=f"lessonkit {version('lessonkit')}")
    commands = parser.add_subparsers(dest="command", title="commands")
    lab = commands.add_parser("lab", help="open the course in JupyterLab, in a folder of your own")
    lab.add_argument("--no-browser", action="store_true", help="print the address, and open nothing")
    lab.add_argument(
        "--port",
        type=options.port,
        help="this port and no other; 0 for any that is free (default: 8888, or the next free one)",
    )
    reset = commands.add_parser("reset", help="bring a lesson back as the course has it, and keep a copy of yours")
    reset.add_argument("lesson", metavar="LESSON", help="such as 05-adam, or 05")
    for command in (lab, reset):
        command.add_argument(
            "folder",
            nargs="?",
            type=options.absolute,
            metavar="FOLDER",
            help="folder for your lessons and exercises (default: lessonkit in your home folder)",
        )
    score = commands.add_parser(
        "mutation-score", help="how many wrong answers the judge catches and names, how many right ones it accepts"
    )
    score.add_argument("exercises", nargs="*", metavar="EXERCISE", help="such as adam (default: all)")
    commands.add_parser("progress", help="which rules you have written and passed, and which is next")
    page = commands.add_parser("page", help="write a lesson as one HTML file, whose instruments play without Python")
    page.add_argument("lesson", metavar="LESSON", help="such as 05-adam, or 05")
    page.add_argument(
        "--out", type=options.absolute, default=".", metavar="FILE", help="file or folder to write to (default: here)"
    )
    options.add_to(commands)
    with terminal.printing():
        chosen = parser.parse_args(arguments)
        if chosen.command is None:
            parser.print_help()
            return
        with working_folder.left(
            safe_path=chosen.command != "lab"
        ):  # programs that learners start in JupyterLab are their own
            _run(chosen, parser)


def _run(chosen, parser):
    if hasattr(chosen, "run"):
        with home.replaced({"MPLCONFIGDIR": ".config/matplotlib"}):
            parser.exit(run(chosen))
    if chosen.command == "progress":
        from lessonkit.judging import progress

        print(progress.table())
        return
    if chosen.command == "mutation-score":
        from lessonkit.judging.catalogue import EXERCISES
        from lessonkit.judging.mutation_score import print_scores

        if unknown := set(chosen.exercises) - set(EXERCISES):
            parser.error(f"no exercise is called {min(unknown)!r}; expected some of {', '.join(EXERCISES)}")
        parser.exit(0 if print_scores(chosen.exercises or EXERCISES) else 1)
    if chosen.command == "reset":
        from lessonkit.classroom.workspace import reset

        try:
            lines = reset(chosen.lesson, chosen.folder)
        except (OSError, ValueError) as error:
            parser.exit(2, f"lessonkit: {error}\n")
        print("\n".join(lines))
        return
    if chosen.command == "page":
        from lessonkit.commands.page import write_page

        try:
            print(f"Written: {write_page(chosen.lesson, chosen.out)}")
        except (OSError, ValueError) as error:
            parser.exit(2, f"lessonkit: {error}\n")
        return

    from lessonkit.commands.lab import open_lab

    try:
        open_lab(chosen.folder, chosen.port, browser=not chosen.no_browser)
    except OSError as error:
        parser.exit(2, f"lessonkit: {error}\n")

"""The command `lessonkit slides`."""

import os


def run_slides(chosen):
    """Write the slides of a lesson, and say which file is for whom."""
    from lessonkit.teaching.hall import hall_of
    from lessonkit.teaching.write import write_slides

    os.environ["TQDM_DISABLE"] = "1"  # cells that make an instrument may show bars
    hall = hall_of(chosen.lesson)
    if any(slide.kind == "instrument" for slide in hall.slides_of(chosen.minutes)):
        print("Recording what the instruments show: this may take a minute.", flush=True)
    written, without_pdf = write_slides(hall, chosen.minutes, chosen.out)
    print(f"written to {chosen.out}: {', '.join(path.name for path in written)}")
    print(
        "Students may have the slides and the handout. The speaker view and the plan are for you: they have notes and answers."
    )
    if without_pdf:
        print(without_pdf)

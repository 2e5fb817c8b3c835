"""The questions of a class as it goes: which one is open, in which round, and who voted for what. It knows no network."""

from lessonkit.teaching.votes.advice import advice
from lessonkit.teaching.votes.messages import Refused

# (command, phase before) → phase after. A question begins as "new"; a round that was closed too early can be opened again.
STEPS = {
    ("open", "new"): "open",
    ("open", "closed"): "open",
    ("close", "open"): "closed",
    ("again", "closed"): "open",
    ("reveal", "new"): "revealed",
    ("open", "revealed"): "open",  # if nobody has voted: somebody pressed the wrong key
    ("reveal", "closed"): "revealed",
    ("show", "closed"): "closed",
}
COMMANDS = {command for command, _ in STEPS}
ROUNDS = 2


class Ballot:
    """The votes of a class.

    Parameters
    ----------
    store : Store
    questions : dict, name → Asked
    premises : dict, name → what `for_phones` adds, such as the ``title`` and ``body`` of the question's slide as HTML
    """

    def __init__(self, store, questions, premises=None):
        self.store, self.questions, self.premises = store, questions, premises or {}
        self.progress = dict.fromkeys(questions, (0, "new")) | store.progress()
        self.current = list(store.progress() or [None])[-1]
        self.shown = set()  # questions whose first votes are shown before the second ones
        self.votes = store.votes()
        self.voters = dict.fromkeys(phone for votes in self.votes.values() for phone in votes).keys()  # when it began

    def command(self, name, question):
        """Take a step with a question.

        Parameters
        ----------
        name : str
            ``"open"``, ``"close"``, ``"again"``, ``"reveal"``, or ``"show"`` for the votes of the first round.
        question : str

        Returns
        -------
        list of str
            The questions that changed: opening one closes the one that is open.

        Raises
        ------
        Refused
        """
        if question not in self.questions or name not in COMMANDS:
            raise Refused("there is no such question or command")
        round, phase = self.progress[question]
        if (name, phase) not in STEPS or (name == "again" and round == ROUNDS):
            raise Refused(f"cannot {name}: the question is {phase}, in round {round}")
        if phase == "revealed":
            if any(map(sum, self.counts(question))):
                raise Refused(f"cannot {name}: the question is {phase}, and has votes")
            round = 1
        changed = [question]
        if self.current not in (None, question) and self.progress[self.current][1] == "open":
            changed.append(self.current)
            self._set(self.current, self.progress[self.current][0], "closed")
        if name == "show":
            self.shown.add(question)
        self._set(question, max(round, 1) + (name == "again") if name != "reveal" else round, STEPS[name, phase])
        self.current = question
        return changed

    def _set(self, question, round, phase):
        self.store.set_progress(question, round, phase)
        self.progress[question] = round, phase

    def vote(self, phone, question, round, option):
        """Commit a vote. It takes the place of that phone's earlier one in this round.

        Raises
        ------
        Refused
            The round is not open, or there is no such option.
        """
        if self.progress.get(question) != (round, "open"):
            raise Refused("This vote is closed.")
        if not 0 <= option < len(self.questions[question].options):
            raise Refused("There is no such option.")
        self.store.vote(question, round, phone, option)
        self.votes.setdefault((question, round), {})[phone] = option

    def counts(self, question):
        """The votes for each option, in a list for each round so far."""
        rounds = []
        for round in range(1, self.progress[question][0] + 1):
            rounds.append([0] * len(self.questions[question].options))
            for option in self.votes.get((question, round), {}).values():
                rounds[-1][option] += 1
        return rounds

    def choice(self, phone):
        """The option that a phone chose in the current round; None if it has not voted."""
        if self.current:
            return self.votes.get((self.current, self.progress[self.current][0]), {}).get(phone)

    def for_phones(self):
        """What a phone shows: the current question; which option is right, and why, only after the reveal."""
        if self.current is None:
            return {"question": None}
        asked, (round, phase) = self.questions[self.current], self.progress[self.current]
        shown = {
            "question": self.current,
            "round": round,
            "phase": phase,
            "text": asked.question,
            "options": [option.text for option in asked.options],
            **self.premises.get(self.current, {}),
        }
        return shown | (_answer(asked) if phase == "revealed" else {})

    def for_projector(self, question):
        """What the projector's page shows of a question, and the votes, which it shows only when the round is closed."""
        asked, (round, phase) = self.questions[question], self.progress[question]
        counts = self.counts(question)
        shown = {
            "round": round,
            "phase": phase,
            "text": asked.question,
            "options": [option.text for option in asked.options],
            "counts": counts,
            "last": round == ROUNDS,
            "shown": phase == "revealed" or (phase == "closed" and (round == ROUNDS or question in self.shown)),
        }
        if phase == "closed":
            shown["advice"] = advice(counts[-1], asked.options.index(asked.right), round)._asdict()
        return shown | (_answer(asked) if phase == "revealed" else {})


def _answer(asked):
    return {"right": asked.options.index(asked.right), "reasons": [option.reason for option in asked.options]}

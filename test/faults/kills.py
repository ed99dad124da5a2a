"""kill -9 of every role, and of all of them, at random moments while posts go out."""

import time

POSTS = 20  # in each round
VICTIMS = ["lmtp", "worker", "courier", "muster", "everything"]  # "muster" is the supervisor
FIRST_WINDOW = 0.4  # seconds in which the first kill falls; then as long as the rounds last


def kill_at_random(trial):
    """A round: posts go out, somebody dies in the middle of it, one post more is handed over, and
    all of it arrives."""
    stage = trial.begin(impatience=0.02)
    window = FIRST_WINDOW
    for number in range(trial.scale(200, 6)):
        victim = VICTIMS[number % len(VICTIMS)]
        began = time.monotonic()
        trial.post(trial.scale(POSTS, 8) - 1)
        time.sleep(trial.chance.uniform(0, window))  # the moment is what is being tested
        stage.kill(stage.a, victim)
        died = time.monotonic()
        if victim in ("muster", "everything"):
            stage.keep_alive(stage.a)
        trial.recover(died)
        window = (window + time.monotonic() - began) / 2

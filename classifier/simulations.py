"""Playing the curves of a simulation, one at a time, each from where it stood."""

import logging
import time
from functools import partial
from typing import Any

import numpy as np
from django.conf import settings

from annotation.errors import SimulationRefused
from annotation.models import SimulatedCurve
from annotation.services.simulated_curves import (
    add_point,
    beat,
    end_short,
    fail_curve,
    finish_curve,
    keep_material,
    leave_curve,
    take_curve,
)
from classifier.heartbeat import kept_alive, still_ours
from classifier.ml.replays import Player
from classifier.ml.savings import COSTS, corrections, savings
from classifier.ml.simulation import Point, Standing
from classifier.simulation_material import MaterialGone, facts_of, material_of, setting_of

logger = logging.getLogger(__name__)
# Seconds, or one point where that takes longer: then whatever waits has the worker's place first.
# To begin again takes some 5 to 10 of them.
PLAYED_AT_ONCE = 120.0


def play_waiting_curve() -> SimulatedCurve | None:
    """Play the next curve, for ``PLAYED_AT_ONCE`` at most; then it waits for its next turn.

    None when there is none, or as many are played as may be.

    Each point is stored as it comes: whoever takes a curve over goes on behind the last one.
    """
    curve = take_curve(settings.CLASSIE_SIMULATED_AT_ONCE)
    if curve is None:
        return None
    try:
        told = partial(still_ours, lambda: beat(curve), SimulationRefused)
        with kept_alive(told, f"heartbeat for {curve}"):
            _play(curve)
    except SimulationRefused as error:
        logger.info("%s", error)
    except MaterialGone as error:
        end_short(curve, str(error))
        logger.warning("%s cannot go on: %s", curve.simulation, error)
    except Exception as error:
        fail_curve(curve, error)
        raise
    return curve


def _play(curve: SimulatedCurve) -> None:
    began = since = time.monotonic()
    run = curve.simulation
    if run.material is None:
        found = material_of(run.taxonomy)
        keep_material(curve, found, **facts_of(run, setting_of(run, found)))
    player = Player(setting_of(run, bytes(run.material or b"")))
    clicks = curve.points[-1]["clicks"] if curve.points else 0
    after = Standing(np.array(curve.chosen, dtype=np.int64), clicks)
    for point, standing in player.play_on((curve.strategy, curve.seed), after):
        now = time.monotonic()
        add_point(curve, point.as_json(), standing.chosen.tolist(), now - since)
        since = now
        if now - began >= PLAYED_AT_ONCE and point.labels < run.sizes[-1]:
            leave_curve(curve)
            return
    is_done = finish_curve(curve, results_of)
    logger.info("%s of %s is played%s", curve, run, ", and with it all" if is_done else "")


def results_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What whole curves say, as ``manage.py simulate --json`` has it, each with its sentence."""
    points = [Point(**row) for row in rows]
    found: dict[str, Any] = {
        key: [saving.as_json() | {"words": saving.in_words()} for saving in savings(points, cost)]
        for cost, key in COSTS.items()
    }
    found["corrections"] = [
        more.as_json() | {"words": more.in_words()} for more in corrections(points)
    ]
    return found

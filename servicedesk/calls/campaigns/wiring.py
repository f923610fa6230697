"""Campaigns take their places: they tell an all-clear, and forget whom they have contacted."""

from .. import hooks
from . import clearing, forgetting

hooks.use_all_clear(clearing)
hooks.ON_FORGET.append(forgetting.forget)
hooks.ON_ERASE.append(forgetting.erase)

"""Tests; the folders mirror ``mim_desk``, beside them ``journeys`` (whole paths) and ``house`` (the house's rules)."""

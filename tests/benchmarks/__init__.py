"""Benchmarks of performance.md section 8: each figure beside its floor, measured in the same run by turns.

Started by ``./mim bench``; pytest collects none of them, and nothing asserts milliseconds.
"""

"""Figures for operations, in Prometheus' text form."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LAG_S = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 300.0, 3600.0)
_ANSWER_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class Metrics:
    """The hub's figures; one registry per hub, so that several can live in one process."""

    def __init__(self) -> None:  # long: one entry per figure
        self.registry = registry = CollectorRegistry()
        self.deliveries = Counter(
            "mim_webhook_deliveries", "Webhook calls by outcome", ["channel", "outcome"], registry=registry
        )
        self.webhook_answer = Histogram(
            "mim_webhook_answer_seconds",
            "From a delivery's last byte to its answer",
            registry=registry,
            buckets=_ANSWER_S,
        )
        self.webhook_lag = Histogram(
            "mim_webhook_lag_seconds",
            "From the provider's time to the hub's",
            ["channel"],
            registry=registry,
            buckets=_LAG_S,
        )
        self.unparsed = Counter("mim_unparsed_items", "Items no adapter understood", ["channel"], registry=registry)
        self.sends = Counter("mim_sends", "Attempts to send by outcome", ["channel", "outcome"], registry=registry)
        self.fetches = Counter(
            "mim_files_fetched", "Attempts to fetch a file by outcome", ["channel", "outcome"], registry=registry
        )
        self.clocks = Counter(
            "mim_clocks_fired", "Response clocks at risk or breached", ["clock", "fact"], registry=registry
        )
        self.log_seq = Gauge("mim_event_log_seq", "Last event of the log", registry=registry)
        self.readers = Gauge("mim_stream_readers", "Open event streams", registry=registry)
        self.cut_off = Gauge("mim_stream_readers_cut_off", "Streams ended because they did not read", registry=registry)
        self.sends_waiting = Gauge("mim_sends_waiting", "Replies not yet sent", registry=registry)
        self.oldest_send = Gauge("mim_oldest_send_seconds", "Age of the oldest waiting reply", registry=registry)
        self.unsettled = Gauge("mim_journal_unsettled", "Deliveries to look at", ["channel"], registry=registry)

    def text(self) -> bytes:
        """All figures as Prometheus reads them."""
        return generate_latest(self.registry)

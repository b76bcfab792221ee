"""Prometheus metrics: what operators watch."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

registry = CollectorRegistry()
requests = Counter("portolan_requests_total", "HTTP answers", ["method", "route", "status"], registry=registry)
latency = Histogram(
    "portolan_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=registry,
)
jobs_waiting = Gauge("portolan_jobs_waiting", "Jobs due and not done", registry=registry)
jobs_dead = Gauge("portolan_jobs_dead", "Jobs given up", registry=registry)


def observe_request(scope: Scope, status: int, seconds: float) -> None:
    """Count one answer under its route's pattern, never under its raw path (which has unbounded values)."""
    route = getattr(scope.get("route"), "path", "other")
    method = scope["method"] if scope["method"] in {"GET", "POST", "PUT", "DELETE", "HEAD"} else "other"
    requests.labels(method, route, status).inc()
    latency.labels(method, route).observe(seconds)


def text() -> bytes:
    return generate_latest(registry)

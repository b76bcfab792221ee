"""The ways in, by subject. `routers` is what the web door serves."""

from fastapi import APIRouter

from trust.identity.web import joining, passkeys, profile, security, signing_in, team

routers: tuple[APIRouter, ...] = (
    joining.router,
    joining.people,
    signing_in.router,
    signing_in.people,
    passkeys.router,
    security.router,
    security.people,
    team.people,
    team.router,
    profile.router,
)

"""Alerts and the watch over drift, put together of what the settings say."""

from dealwright.actionbook import actions
from dealwright.alertsettings import AlertSettings
from dealwright.core.clock import Clock
from dealwright.core.secret import Secret
from dealwright.core.ssrf import allow_list
from dealwright.parts import open_keyring
from dealwright.pipedrive.sender import AiohttpSender
from dealwright.pipeline.alertchannels import Apprise, Channel, Email, SignedWebhook, Slack
from dealwright.pipeline.alerts import Alerting
from dealwright.pipeline.alertstates import Limits
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.outside import Outside
from dealwright.pipeline.sentinel import Sentinel
from dealwright.pipeline.visit import visits
from dealwright.settings import Settings
from dealwright.store.engine import Store


def build_alerting(settings: Settings, store: Store, clock: Clock) -> Alerting:
    """What says what is wrong, by the channels that are configured."""
    outside = Outside(allow_list(settings.allowed_addresses.split(",")))
    return Alerting(
        store=store,
        clock=clock,
        channels=channels(settings, clock, outside=outside),
        limits=Limits(
            failed=settings.alerts_failed,
            review_days=settings.alerts_review_days,
            mirror_hours=settings.alerts_mirror_hours,
        ),
    )


def channels(settings: AlertSettings, clock: Clock, *, outside: Outside) -> dict[str, Channel]:
    """The channels that are configured, by name."""
    found: dict[str, Channel] = {}
    if settings.alerts_smtp_url:
        found["email"] = Email(
            url=settings.alerts_smtp_url,
            sender=settings.alerts_email_from,
            to=_listed(settings.alerts_email_to),
        )
    if settings.alerts_webhook_url and settings.alerts_webhook_secret:
        found["webhook"] = SignedWebhook(
            url=settings.alerts_webhook_url,
            secret=settings.alerts_webhook_secret,
            outside=outside,
            clock=clock,
        )
    if settings.alerts_slack_url:
        found["slack"] = Slack(url=settings.alerts_slack_url, outside=outside)
    if settings.alerts_apprise_urls:
        urls = _listed(settings.alerts_apprise_urls.reveal())
        found["apprise"] = Apprise(urls=[Secret(url) for url in urls])
    return found


def build_sentinel(settings: Settings, store: Store, clock: Clock) -> Sentinel:
    """What looks whether something has drifted or gone wrong: `run()` it beside a worker."""
    keyring = open_keyring(settings, store, clock=clock, open_sender=AiohttpSender)
    return Sentinel(
        store=store,
        clock=clock,
        visit=visits(store, clock, dial=dialler(keyring)),
        actions=actions(),
        alerting=build_alerting(settings, store, clock),
        every_hours=settings.drift_hours,
    )


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]

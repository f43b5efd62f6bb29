"""Everything that exists: companies, their users, and the tokens that open them."""

from dealwright.sandbox.agenda import Agenda
from dealwright.sandbox.call import Principal
from dealwright.sandbox.clock import Clock
from dealwright.sandbox.company import Company, FieldListener, Listener
from dealwright.sandbox.fieldrows import add_built_in
from dealwright.sandbox.limits import SEARCH_PER_WINDOW, WRITES_PER_DAY, Abuse, Ledger, Window
from dealwright.sandbox.options import PLANS, Options
from dealwright.sandbox.records import User


class TokenLimits:
    """What is counted for one token: its 2-second windows, its writes of the day."""

    __slots__ = ("abuse", "burst", "search", "writes")

    def __init__(self, burst: int, search: int) -> None:
        self.burst = Window(burst)
        self.search = Window(search)
        self.abuse = Abuse()
        self.writes = Ledger(daily=WRITES_PER_DAY)


class World:
    """All companies of one sandbox."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.agenda = Agenda(clock)
        self.companies: dict[int, Company] = {}
        self._tokens: dict[str, Principal] = {}
        self._limits: dict[str, TokenLimits] = {}
        self._listeners: list[Listener] = []
        self._field_listeners: list[FieldListener] = []

    @property
    def default_company(self) -> Company:
        """The company that was there first."""
        return next(iter(self.companies.values()))

    def found_company(self, *, domain: str, name: str) -> Company:
        """A new company with built-in fields and nothing else."""
        company = Company(
            number=15_747_575 + len(self.companies),
            domain=domain,
            name=name,
            options=self.options,
            agenda=self.agenda,
        )
        add_built_in(company, self.clock.now_ms())
        for listener in self._listeners:
            company.on_change(listener)
        for field_listener in self._field_listeners:
            company.on_fields(field_listener)
        self.companies[company.id] = company
        return company

    def on_change(self, listener: Listener) -> None:
        """Hear of every write in every company, those founded later too."""
        self._listeners.append(listener)
        for company in self.companies.values():
            company.on_change(listener)

    def on_fields(self, listener: FieldListener) -> None:
        """Hear of every change of a field definition, in every company."""
        self._field_listeners.append(listener)
        for company in self.companies.values():
            company.on_fields(listener)

    def api_tokens(self) -> list[Principal]:
        """Everybody who has an API token."""
        return [p for p in self._tokens.values() if p.kind == "api_token"]

    def issue(self, company: Company, user: User, token: str) -> Principal:
        """Give a user this API token; an older one of the same user goes dead."""
        for known, principal in list(self._tokens.items()):
            same = principal.company is company and principal.user_id == user.id
            if same and principal.kind == "api_token":
                del self._tokens[known]
        principal = Principal(company=company, user_id=user.id, token=token)
        self._tokens[token] = principal
        return principal

    def admit(self, token: str) -> Principal | None:
        """Whose token it is; None if nobody's, or if the user is deactivated."""
        principal = self._tokens.get(token)
        if principal is None or self._ended(principal):
            return None
        user = principal.company.users.get(principal.user_id)
        return principal if user is not None and user.active_flag else None

    def _ended(self, principal: Principal) -> bool:
        end = principal.expires_ms
        return end is not None and end <= self.clock.now_ms()

    def add_principal(self, principal: Principal) -> None:
        """Take in a token of another kind (OAuth)."""
        self._tokens[principal.token] = principal

    def remove_token(self, token: str) -> None:
        """Make a token dead."""
        self._tokens.pop(token, None)

    def limits(self, principal: Principal) -> TokenLimits:
        """The windows of a token."""
        found = self._limits.get(principal.token)
        if found is None:
            plan = PLANS[principal.company.options.plan]
            burst = plan.oauth_burst if principal.kind == "oauth" else plan.token_burst
            found = self._limits[principal.token] = TokenLimits(burst, SEARCH_PER_WINDOW)
        return found

    def clear(self) -> None:
        """Nothing exists any more; listeners stay."""
        self.agenda.clear()
        self.companies.clear()
        self._tokens.clear()
        self._limits.clear()

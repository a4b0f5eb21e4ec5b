"""What all lists and pages of the desk share."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.paginator import Paginator
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from desk.people import in_reach
from retrieval.display import visible

MOST_COUNTED = 10_000
MOST_SEARCHED = 5_000
TITLE_CHARS = 120


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than an editor ever pages, so that a list of millions opens at once."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Model]", self.object_list)
        return rows.order_by().values("pk")[:MOST_COUNTED].count()

    @property
    def capped(self) -> bool:
        return self.count == MOST_COUNTED


class DeskList(ChangeList):
    """A list that speaks of its full length only when something narrows it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class Desk(ModelAdmin):
    """What all lists and pages of the desk share. Rows come from ingests and readers."""

    change_form_template = "desk/form.html"
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    to_book: str
    """The lookup that leads from a row to its book: ``audit__book``, ``pk`` for books."""
    nothing_yet = ""
    """What an empty list says: how it comes to be filled."""
    newest_by = ""
    """The column by which a search looks at the newest rows alone; empty where all are few."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the visitor's own books; every list, page and action starts here."""
        return in_reach(super().get_queryset(request), request.user, self.to_book)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """In the newest rows where there are many: no index finds a piece of a word."""
        if not (search_term and self.newest_by):
            return super().get_search_results(request, queryset, search_term)
        newest = self._newest(queryset)
        found, repeated = super().get_search_results(request, newest, search_term)
        if not repeated:
            return found, False
        same: QuerySet[Any] = QuerySet(self.model).filter(pk=OuterRef("pk"))
        matching, _ = super().get_search_results(request, same, search_term)
        return newest.filter(_exists_row_by_row(matching)), False

    def _newest(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that a search for words looks at."""
        times = rows.order_by(f"-{self.newest_by}").values_list(self.newest_by, flat=True)
        for oldest in times[MOST_SEARCHED - 1 : MOST_SEARCHED]:
            return rows.filter(**{f"{self.newest_by}__gte": oldest})
        return rows

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Offers what the visitor would find in the other thing's own list."""
        desk = self.admin_site._registry.get(db_field.related_model)  # noqa: SLF001
        if isinstance(desk, Desk):
            kwargs.setdefault("queryset", desk.get_queryset(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def name_of(self, row: Any) -> str:
        """What the page and its breadcrumbs call the row."""
        return str(row)

    def shown_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of the row shows beside its form, for the template."""
        name = Truncator(visible(self.name_of(row))).chars(TITLE_CHARS)
        return {"title": str(self.opts.verbose_name).capitalize(), "subtitle": name}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return DeskList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        title = str(self.opts.verbose_name_plural).capitalize()
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        if obj is not None:
            context.update(self.shown_of(request, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Write what the editor changed and nothing else: an ingest may have moved the rest."""
        if form.changed_data:
            obj.save(update_fields=form.changed_data)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(Desk):
    """Rows to be looked at, never edited by hand."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(flatten_fieldsets(self.get_fieldsets(request, obj)))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _exists_row_by_row(found: QuerySet[Any]) -> Q:
    """``Exists(found)`` in words that Postgres does not turn into a join.

    A join repeats a row for each part of it that matches, and to tell them apart works out all
    that a list shows of them. While statistics are old, it may even read every part there is.
    """
    return Q(IsNull(Subquery(found.order_by().values("pk")[:1]), False))


def pasted_id(term: str) -> UUID | None:
    """The id that was pasted into a search field, if it is one."""
    try:
        return UUID(term.strip())
    except ValueError:
        return None

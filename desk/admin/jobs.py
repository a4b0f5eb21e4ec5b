"""Work that runs beside the web: started here, watched while it goes, cancelled."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult
from unfold.widgets import UnfoldAdminSelectWidget

from desk.admin.base import ReadOnly
from desk.admin.cells import NOTHING, edition_link
from desk.admin.deeds import Deed, Doing
from desk.admin.filters import BookFilter
from desk.display import badge
from desk.job import Job
from desk.jobs import AlreadyActive, bury_lost, cancel, start
from desk.sources import sources

assert isinstance(admin.site.get_model_admin(DBTaskResult), DBTaskResultAdmin)
admin.site.unregister(DBTaskResult)  # the queue behind the jobs, of no use to an editor

_TONES = {"waiting": "quiet", "running": "warn", "done": "good", "failed": "bad"}


class JobForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is to be done, to which book, and for an ingest from where."""

    source = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For an ingest. The operator says which sources there are (RAGBOOK_SOURCES).",
    )

    class Meta:
        model = Job
        fields = ["kind", "book", "source"]
        labels = {"kind": "What to do"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *((source, source) for source in sources())]
        cast("forms.ChoiceField", self.fields["source"]).choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") == Job.Kind.INGEST and not cleaned.get("source"):
            self.add_error("source", "Choose what to ingest.")
        bury_lost()
        if Job.objects.active().filter(book=cleaned.get("book"), kind=cleaned.get("kind")).exists():
            raise forms.ValidationError("Such work is waiting or running for this book already.")
        return cleaned


@admin.register(Job)
class JobAdmin(Doing, ReadOnly):  # type: ignore[misc]
    to_book = "book"
    nothing_yet = "Nothing was started yet. The buttons on the page of a book start work."
    change_form_template = "desk/job.html"
    list_display = ["what", "status", "progress", "created"]
    list_filter = ["state", "kind", BookFilter]
    list_select_related = ["book"]
    sortable_by = ()
    actions = None
    fieldsets = [
        (None, {"fields": ["book", "source", "started_by", "created", "started", "finished"]}),
        ("What came of it", {"fields": ["outcome"]}),
    ]

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.status_view)
        return [path("<int:pk>/status/", view, name="desk_job_status"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        jobs: QuerySet[Job] = super().get_queryset(request)
        return jobs.select_related("book", "starter", "edition", "audit")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("desk.add_job")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = JobForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else [(None, {"fields": ["kind", "book", "source"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return super().get_readonly_fields(request, obj) if obj else []

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except AlreadyActive as error:  # somebody started it between the check and the start
            self.refuse(request, error)
            return redirect("admin:desk_job_changelist")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.starter = cast("User", request.user)
        obj.source = obj.source if obj.kind == Job.Kind.INGEST else ""
        start(obj)

    def response_add(self, request: HttpRequest, obj: Job, *args: Any, **kwargs: Any) -> Any:
        self.message_user(request, "A worker takes it up in a moment.", messages.SUCCESS)
        return self.back_to(obj)

    def name_of(self, row: Job) -> str:
        return f"{row.get_kind_display()}, {row.book.title}"

    # ── while it runs ────────────────────────────────────────────────────────────────────────

    def status_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far the job is, for the page that watches it."""
        job = self.get_object(request, str(pk))
        if job is None or not self.has_view_permission(request, job):
            raise Http404
        html = render_to_string("desk/progress.html", {"job": job, "badge": self.status(job)})
        return JsonResponse({"active": job.is_active, "html": html})

    def shown_of(self, request: HttpRequest, row: Job) -> dict[str, Any]:
        return super().shown_of(request, row) | {"job": row, "badge": self.status(row)}

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        shown = {"no_sources": not sources(), **(extra_context or {})}
        return super().add_view(request, form_url, shown)

    def deeds(self, request: HttpRequest, row: Job) -> list[Deed]:
        may = request.user.has_perm("desk.change_job")
        return [Deed("cancel", "Cancel")] if may and row.is_active and not row.cancelling else []

    def do_cancel(self, request: HttpRequest, row: Job) -> None:
        done = cancel(row)
        self.message_user(request, "It ends in a moment." if done else "It has ended by now.")

    # ── what a job says ──────────────────────────────────────────────────────────────────────

    @admin.display(description="Work")
    def what(self, job: Job) -> SafeString:
        return format_html(
            '<span class="desk-asked">{}</span><span class="desk-below">{}</span>',
            job.get_kind_display(), job.book.title,
        )  # fmt: skip

    @admin.display(description="Started by")
    def started_by(self, job: Job) -> str:
        return job.starter.get_username() if job.starter else NOTHING

    @admin.display(description="State")
    def status(self, job: Job) -> SafeString:
        if job.cancelling and job.is_active:
            return badge("Being cancelled", "warn")
        return badge(job.get_state_display(), _TONES.get(job.state, "quiet"))

    @admin.display(description="How far")
    def progress(self, job: Job) -> str:
        return f"{job.phase} {job.percent} %" if job.is_active and job.phase else job.phase

    @admin.display(description="Result")
    def outcome(self, job: Job) -> SafeString | str:
        if job.audit is not None:
            findings = reverse("admin:chat_finding_changelist")
            return format_html(
                '<a href="{}?audit__id__exact={}">Read its findings</a>', findings, job.audit.pk
            )
        if job.edition is None:
            return NOTHING
        report = {"edition": job.edition, **job.edition.report}
        told = render_to_string("desk/fidelity.html", report)
        return format_html("{}{}", edition_link(job.edition, f"Edition {job.edition.number}"), told)

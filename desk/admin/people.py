"""The accounts of those who work at the desk: their role and their books."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.admin import StaticDeviceAdmin
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDeviceAdmin
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from desk.models import Assignment
from desk.people import EDITORS, OWNERS
from desk.secondstep import reset

# django-otp would show everybody's secrets; its pages register themselves when they are imported.
assert isinstance(admin.site.get_model_admin(TOTPDevice), TOTPDeviceAdmin)
assert isinstance(admin.site.get_model_admin(StaticDevice), StaticDeviceAdmin)
for model in (User, Group, TOTPDevice, StaticDevice):
    admin.site.unregister(model)


class AssignmentInline(TabularInline):
    """The books of an editor."""

    model = Assignment
    extra = 0
    verbose_name = "book"
    verbose_name_plural = "Books that this person works on"


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    """An owner gives the roles of the desk; what lies beyond them is for superusers."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = [AssignmentInline]
    actions = ["reset_second_step"]
    list_display = ["username", "full_name", "role", "books", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    search_fields = ["username", "first_name", "last_name", "email"]
    search_help_text = "Search in names and e-mail addresses."
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password", "first_name", "last_name", "email"]}),
        (
            "What this person may do",
            {
                "fields": ["is_active", "groups"],
                "description": (
                    "Editors read and flag the answers of their books. Owners work on every "
                    "book, export and delete conversations, and look after the people here."
                ),
            },
        ),
        ("When", {"fields": ["last_login", "date_joined"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not request.user.is_superuser:
            return fieldsets
        return [*fieldsets, ("Beyond the roles", {"fields": ["is_superuser"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.prefetch_related("groups", "assignments__book")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else []

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = _roles(request)
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody who is not a superuser changes one, nor their password."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or obj is None or not obj.is_superuser)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever has an account here may log in here."""
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    @admin.action(description="Turn the second step off (lost phone)", permissions=["change"])
    def reset_second_step(self, request: HttpRequest, people: QuerySet[User]) -> None:
        theirs = [person for person in people if self.has_change_permission(request, person)]
        done = sum(map(reset, theirs))
        count = ngettext("%d person", "%d people", done) % done
        self.message_user(request, f"{count}: the second step is off until it is set up again.")

    @admin.display(description="Name")
    def full_name(self, person: User) -> str:
        return person.get_full_name()

    @admin.display(description="Role")
    def role(self, person: User) -> str:
        if person.is_superuser:
            return "Superuser"
        return ", ".join(group.name for group in person.groups.all()) or "None yet"

    @admin.display(description="Books")
    def books(self, person: User) -> str:
        if person.is_superuser or any(group.name == OWNERS for group in person.groups.all()):
            return "Every book"
        assignments: Iterable[Assignment] = person.assignments.all()
        return ", ".join(assignment.book.title for assignment in assignments) or "None yet"


def _roles(request: HttpRequest) -> QuerySet[Group]:
    """The groups that the visitor may give: only a superuser's choice is free."""
    groups = Group.objects.order_by("name")
    return groups if request.user.is_superuser else groups.filter(name__in=[EDITORS, OWNERS])


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Groups beyond the two that come with the desk."""

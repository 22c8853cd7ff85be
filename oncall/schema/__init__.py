"""People, rotations, schedules and working calendars: at once the shape of the configuration file and the values that
everything else computes with. Field names are the file's. References between objects are checked elsewhere, where
all the objects are known; what one object can know about itself is checked here."""

from oncall.schema.calendars import Calendar, CalendarRule, HolidayRegion, WorkingCalendar
from oncall.schema.fields import WEEKDAYS, Channel, Fill, StaffRole, Urgency, Value, Weekday
from oncall.schema.people import ContactMethod, Defaults, NotificationRule, NotificationRules, Person, Team
from oncall.schema.rotations import Change, DayPeople, Pause, Rotation, RotationKind, StandingChange, with_changes
from oncall.schema.schedules import (
    Absence,
    Layer,
    Override,
    Restriction,
    Schedule,
    StandingOverride,
    StandingTemporary,
    TemporarySchedule,
    TemporaryShift,
    with_standing,
)
from oncall.schema.targets import (
    PagerDutyTarget,
    PersonTarget,
    RoundRobinTarget,
    ScheduleTarget,
    Target,
    TeamTarget,
)

__all__ = [
    "WEEKDAYS",
    "Absence",
    "Calendar",
    "CalendarRule",
    "Change",
    "Channel",
    "ContactMethod",
    "DayPeople",
    "Defaults",
    "Fill",
    "HolidayRegion",
    "Layer",
    "NotificationRule",
    "NotificationRules",
    "Override",
    "PagerDutyTarget",
    "Pause",
    "Person",
    "PersonTarget",
    "Restriction",
    "Rotation",
    "RotationKind",
    "RoundRobinTarget",
    "Schedule",
    "ScheduleTarget",
    "StaffRole",
    "StandingChange",
    "StandingOverride",
    "StandingTemporary",
    "Target",
    "Team",
    "TeamTarget",
    "TemporarySchedule",
    "TemporaryShift",
    "Urgency",
    "Value",
    "Weekday",
    "WorkingCalendar",
    "with_changes",
    "with_standing",
]

"""Who answers and how to reach them: people, rotations, schedules, working calendars. Knows no ticket."""

"""What being on call has weighed on each person, from what was recorded."""

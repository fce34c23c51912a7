// Package rounds is what goes its rounds beside the machines, on schedules and
// events: it starts the drills that are due, watches how fresh backups are,
// removes copies that outlived their drill, and listens to what AWS tells.
package rounds

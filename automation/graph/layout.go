package graph

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Measures of the picture, in pixels, and of its texts, in characters.
const (
	boxWidth, boxHeight   = 156, 88
	columnGap             = 50
	labelGap              = 150 // between the tasks and the load balancers, for the labels with the paths
	clientGap             = 84
	subRowGap             = 42
	rowGap                = 28
	headingHeight         = 32 // for the name of a service
	framePadding          = 10
	frameHeading          = 22
	margin                = 16
	environmentHeading    = 60
	charactersInBox       = 20
	charactersInLabel     = 20
	titleRepeat           = 720 // a tall box repeats its text at this distance, so that every screen shows it
	environmentCharacters = 64
)

// columnOf maps a kind to its column. A commit goes from left to right, a request from right to left.
var columnOf = map[Kind]int{
	KindSource: 0, KindPackage: 1, KindImage: 2, KindImages: 3, KindApproval: 4, KindDeploy: 5, KindTarget: 5,
	KindTasks: 6, KindNewTasks: 6, KindBalancer: 7, KindAPI: 8, KindClients: 9, KindUserPool: 9,
}

const (
	tasksColumn    = 6
	balancerColumn = 7
	columns        = 10
)

// rect is a rectangle in the picture.
type rect struct{ X, Y, Width, Height int }

func (r rect) Right() int   { return r.X + r.Width }
func (r rect) Bottom() int  { return r.Y + r.Height }
func (r rect) CenterX() int { return r.X + r.Width/2 }

// placedBox is a box with its position.
type placedBox struct {
	Box
	rect
	Texts []int // the y positions at which the text begins
}

// frame surrounds the boxes of a component.
type frame struct {
	Component, Label string
	rect
}

// placedArrow is an arrow with its path.
type placedArrow struct {
	Arrow
	Path           string
	LabelX, LabelY int
	Vertical       bool
}

// heading is the name of a service.
type heading struct {
	Name string
	X, Y int
}

// layout holds the parts of a picture with their positions.
type layout struct {
	Width, Height int
	Environment   frame
	EnvironmentBy []string // the facts of the environment, line by line
	Headings      []heading
	Frames        []frame
	Boxes         []placedBox
	Arrows        []placedArrow

	x      [columns]int // the left edge of each column
	places map[string]rect
	idle   map[string]int // the row of each load balancer without services
}

// layOut computes the positions of all parts. Each service has a row, and each kind of box has a
// column. Load balancers and the API are as tall as the rows of their services.
func layOut(p Picture) *layout {
	l := &layout{places: map[string]rect{}, idle: map[string]int{}}
	l.placeColumns(p)
	top := margin + environmentHeading
	if needsBand(p) {
		top += boxHeight + rowGap
	}
	rows := make([]rect, len(p.Services))
	for i, service := range p.Services {
		rows[i] = l.placeService(service, top)
		top = rows[i].Bottom() + framePadding + rowGap
	}
	for _, box := range p.Shared { // load balancers for the services of other stacks
		if box.Kind == KindBalancer && len(span(p, box.ID)) == 0 {
			l.idle[box.ID] = len(rows)
			rows = append(rows, rect{Y: top + headingHeight + frameHeading, Height: boxHeight})
			top = rows[len(rows)-1].Bottom() + framePadding + rowGap
		}
	}
	bottom := rows[len(rows)-1].Bottom()
	l.placeShared(p, rows)
	l.Environment = frame{environmentComponent, p.Network.Title, rect{
		X: l.x[tasksColumn] - 2*framePadding, Y: margin,
		Width:  l.x[balancerColumn] + boxWidth - l.x[tasksColumn] + 4*framePadding,
		Height: bottom + 2*framePadding - margin,
	}}
	l.EnvironmentBy = summarize(p.Network)
	for _, arrow := range p.Arrows {
		l.Arrows = append(l.Arrows, l.placeArrow(arrow))
	}
	for _, box := range l.Boxes {
		l.Width, l.Height = max(l.Width, box.Right()+margin+framePadding), max(l.Height, box.Bottom()+margin+framePadding)
	}
	l.Width, l.Height = max(l.Width, l.Environment.Right()+margin), max(l.Height, l.Environment.Bottom()+margin)
	return l
}

// placeColumns computes the left edge of each column. A column without boxes takes no space.
func (l *layout) placeColumns(p Picture) {
	var used [columns]bool
	for _, box := range p.boxes() {
		used[columnOf[box.Kind]] = true
	}
	x := margin + framePadding
	for column := range columns {
		l.x[column] = x
		if !used[column] {
			continue
		}
		x += boxWidth
		switch {
		case column < tasksColumn:
			x += columnGap
		case column == tasksColumn:
			x += labelGap
		default:
			x += clientGap
		}
	}
}

// boxes returns all boxes except the network, which surrounds others.
func (p Picture) boxes() []Box {
	all := slices.Clone(p.Shared)
	for _, service := range p.Services {
		all = append(all, service.Boxes...)
	}
	return all
}

// needsBand reports whether the picture needs a band above the first row for the users, because the
// API is between the first row and the column of the users.
func needsBand(p Picture) bool {
	return len(span(p, publicID)) > 0 && len(span(p, apiID)) > 0 && span(p, apiID)[0] == 0
}

// span returns the rows of the services to which a shared box forwards requests, directly or through
// a load balancer.
func span(p Picture, id string) []int {
	var rows []int
	for _, arrow := range p.Arrows {
		if arrow.From != id || arrow.Way != WayRequest {
			continue
		}
		if arrow.To == publicID || arrow.To == internalID {
			rows = append(rows, span(p, arrow.To)...)
			continue
		}
		rows = append(rows, slices.IndexFunc(p.Services, func(s Service) bool {
			return slices.ContainsFunc(s.Boxes, func(b Box) bool { return b.ID == arrow.To })
		}))
	}
	slices.Sort(rows)
	return rows
}

func (l *layout) place(box Box, r rect) {
	placed := placedBox{Box: box, rect: r}
	for y := r.Y; y+boxHeight <= r.Bottom(); y += titleRepeat {
		placed.Texts = append(placed.Texts, y)
	}
	l.Boxes = append(l.Boxes, placed)
	l.places[box.ID] = r
}

// placeService places the boxes of a service in a row below the given height, and returns the
// rectangle of the boxes.
func (l *layout) placeService(service Service, top int) rect {
	l.Headings = append(l.Headings, heading{service.Name, margin, top + headingHeight/2})
	first := top + headingHeight + frameHeading
	row := rect{Y: first, Height: boxHeight}
	around := map[string]rect{}
	var components []string
	for _, box := range service.Boxes {
		r := rect{l.x[columnOf[box.Kind]], first, boxWidth, boxHeight}
		if box.Kind == KindTarget || box.Kind == KindNewTasks {
			r.Y += boxHeight + subRowGap
			row.Height = 2*boxHeight + subRowGap
		}
		l.place(box, r)
		if box.Component == "" {
			continue
		}
		if outer, known := around[box.Component]; known {
			r = union(outer, r)
		} else {
			components = append(components, box.Component)
		}
		around[box.Component] = r
	}
	for _, component := range components {
		l.Frames = append(l.Frames, frame{component, component, framed(around[component])})
	}
	return row
}

// placeShared places the shared boxes beside the rows of their services.
func (l *layout) placeShared(p Picture, rows []rect) {
	for _, box := range p.Shared {
		column := rect{X: l.x[columnOf[box.Kind]], Width: boxWidth, Height: boxHeight}
		switch box.ID {
		case publicID, internalID, apiID:
			of := span(p, box.ID)
			if row, idle := l.idle[box.ID]; idle {
				of = []int{row}
			}
			first, last := rows[of[0]], rows[of[len(of)-1]]
			column.Y, column.Height = first.Y, last.Bottom()-first.Y
			if box.ID == publicID && needsBand(p) {
				column.Y -= boxHeight + rowGap
				column.Height += boxHeight + rowGap
			}
		case usersID:
			column.Y = rows[0].Y
			if needsBand(p) {
				column.Y -= boxHeight + rowGap
			}
		case clientsID:
			column.Y = rows[span(p, apiID)[0]].Y
		case insidersID: // below the API's clients and the user pool, if there are any
			column.Y = rows[span(p, internalID)[0]].Y
			if len(span(p, apiID)) > 0 {
				column.Y += 2 * (boxHeight + subRowGap + framePadding)
			}
		case userPoolID:
			column.Y = rows[span(p, apiID)[0]].Y + boxHeight + subRowGap + framePadding
		}
		l.place(box, column)
	}
	for _, box := range boxesOf(p.Shared, apiGatewayComponent) { // one frame each: the clients are between them
		l.Frames = append(l.Frames, frame{box.Component, box.Component, framed(l.places[box.ID])})
	}
}

func union(a, b rect) rect {
	x, y := min(a.X, b.X), min(a.Y, b.Y)
	return rect{x, y, max(a.Right(), b.Right()) - x, max(a.Bottom(), b.Bottom()) - y}
}

// framed returns the frame around a rectangle, with space for the name of the component.
func framed(r rect) rect {
	return rect{r.X - framePadding, r.Y - frameHeading, r.Width + 2*framePadding, r.Height + frameHeading + framePadding}
}

// placeArrow draws an arrow as a straight line if the boxes are beside or below each other, and as
// a curve otherwise.
func (l *layout) placeArrow(arrow Arrow) placedArrow {
	from, to := l.places[arrow.From], l.places[arrow.To]
	placed := placedArrow{Arrow: arrow}
	if from.X == to.X {
		placed.Vertical = true
		placed.Path = fmt.Sprintf("M%d %dV%d", from.CenterX(), from.Bottom(), to.Y)
		placed.LabelX, placed.LabelY = from.CenterX()+6, (from.Bottom()+framePadding+to.Y)/2+4
		return placed
	}
	x1, x2 := from.Right(), to.X
	if from.X > to.X {
		x1, x2 = from.X, to.Right()
	}
	placed.LabelX = (x1 + x2) / 2
	top, bottom := max(from.Y, to.Y), min(from.Bottom(), to.Bottom())
	if bottom-top >= boxHeight/2 {
		y := top + boxHeight/2
		placed.Path, placed.LabelY = fmt.Sprintf("M%d %dH%d", x1, y, x2), y-6
		return placed
	}
	y1, y2 := from.Bottom()-boxHeight/4, to.Y+boxHeight/2
	placed.Path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, placed.LabelX, y1, placed.LabelX, y2, x2, y2)
	placed.LabelY = (y1 + y2) / 2
	return placed
}

// summarize returns the facts of the environment that the picture shows, line by line.
func summarize(environment Box) []string {
	lines := make([]string, 2)
	for _, fact := range environment.Facts {
		switch fact.Name {
		case "Region":
			lines[0] = fact.Value + " · "
		case "Network":
			lines[0] += fact.Value
		case "NAT gateways":
			lines[1] = "NAT gateways: " + fact.Value + " · "
		case "ECS cluster":
			lines[1] += "cluster " + fact.Value
		}
	}
	for i := range lines {
		lines[i] = shorten(lines[i], environmentCharacters)
	}
	return lines
}

// shorten returns a text with at most the given number of characters.
func shorten(text string, characters int) string {
	if utf8.RuneCountInString(text) <= characters {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:characters-1])) + "…"
}
